import { allOrNone, awaitedFile, faultIf, needs, type Rule, refusals } from '../../../base/setting-rules.ts'
import type { InterruptConfig } from './config.ts'
import { restTarget } from './sources/rest.ts'

/** What the settings of interrupts must have in common. */
export const interruptRules: readonly Rule<InterruptConfig>[] = [
  ({ cas }) => {
    const { attributeName, attributeValue } = cas.interrupt.regex
    const pair = { 'cas.interrupt.regex.attribute-name': attributeName, 'cas.interrupt.regex.attribute-value': attributeValue }
    return allOrNone(pair, 'nobody is interrupted because of an attribute').map((fault) => ({
      ...fault,
      severity: 'error',
      saidByRoom: true,
    }))
  },
  ({ cas }) => {
    const { url, basicAuthUsername, basicAuthPassword } = cas.interrupt.rest
    const name = 'cas.interrupt.rest'
    return [
      ...allOrNone(
        { [`${name}.basic-auth-username`]: basicAuthUsername, [`${name}.basic-auth-password`]: basicAuthPassword },
        'the source is asked with both or neither',
      ),
      ...needs(`${name}.basic-auth-username`, basicAuthUsername, { [`${name}.url`]: url }, 'it says who is asked'),
    ]
  },
  (settings) => refusals(() => restTarget(settings)),
  ({ castellan }) =>
    needs(
      'castellan.interrupt.webhook.secret',
      castellan.interrupt.webhook.secret,
      { 'castellan.interrupt.webhook.url': castellan.interrupt.webhook.url },
      'it says who is told',
    ),
  ({ cas, castellan }, world) => [
    ...awaitedFile('cas.interrupt.json.location', cas.interrupt.json.location, world, 'it interrupts nobody'),
    ...awaitedFile('castellan.interrupt.announcements.location', castellan.interrupt.announcements.location, world, 'nothing is announced'),
  ],
  ({ castellan }) => {
    const wrong = castellan.interrupt.rest.successCodes.find((code) => !/^[1-5]\d\d$/.test(code.trim()))
    return faultIf(wrong !== undefined, 'castellan.interrupt.rest.success-codes', 'must be statuses of HTTP such as 200,201')
  },
]

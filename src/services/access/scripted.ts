import { integerOf, textOf } from '../definitions/members.ts'
import { ask, readFlag } from '../scripts/asking.ts'
import type { ScriptPlace } from '../scripts/scripts.ts'
import { type AccessQuestion, type AccessStrategy, type AccessStrategyPlug, closed } from './access-strategy.ts'
import { asJson } from './attribute-rules.ts'
import { askForAddress } from './redirect.ts'

const PLACE: ScriptPlace = {
  member: 'groovyScript',
  parameters: ['context', 'logger'],
  functions: ['isServiceAccessAllowed', 'isServiceAccessAllowedForSso', 'authorizeRequest'],
}

/** A module answers each question (services.md 13): of whatever it says, only `true` lets in, and a script that fails lets nobody in. */
export const scriptedStrategy = {
  type: 'GroovyRegisteredServiceAccessStrategy',
  build(members, { scripts, report, warn, described }): AccessStrategy {
    const script = scripts.open(textOf(members, 'groovyScript') ?? '', PLACE, report)
    if (!script) return closed
    const complain = (message: string) => warn(message, 'error')
    const whom = ({ client, reference }: Partial<AccessQuestion>) => ({
      registeredService: described(),
      service: reference ? { ...reference } : null,
      client: client ? { address: client.address, userAgent: client.userAgent } : null,
    })
    const yes = (name: string, input: Parameters<typeof script.call>[0]) =>
      ask(script, input, readFlag, { fallback: false, complain, name })
    return {
      order: integerOf(members, 'order') ?? 0,
      ssoAllowed: false,
      unauthorizedRedirectUrl: undefined,
      admits: async (question) => ((await yes('isServiceAccessAllowed', whom(question))) ? undefined : 'disabled'),
      ssoAnswer: (question) => yes('isServiceAccessAllowedForSso', whom(question)),
      async authorize({ id, attributes }, reference) {
        const input = { ...whom({ reference }), principalId: id, attributes: asJson(attributes) }
        return (await yes('authorizeRequest', input)) ? undefined : 'the script of the access strategy says no'
      },
      redirectAnswer: () => askForAddress(script, whom({}), complain, 'getUnauthorizedRedirectUrl'),
    }
  },
} satisfies AccessStrategyPlug

import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, requestFacts, shutGate, tellDesk, todo } from './parts.ts'

/** 423: too many wrong passwords. 429: too many logins at once (login-flow.md 10.2). No form, no way on but waiting. */
export const throttled: PageOf<'error/casThrottledView'> = ({ status, retryAtMs }, desk) => {
  const moment = retryAtMs !== undefined && Number.isFinite(retryAtMs) ? desk.time(retryAtMs, 'clock') : undefined
  if (status === 429) {
    const wait = moment === undefined ? desk.say('castellan.busy.wait') : desk.say('castellan.busy.until', moment)
    return {
      title: desk.text('castellan.busy.heading'),
      body: card(
        html`${shutGate}<h2>${desk.say('castellan.busy.heading')}</h2>
<p>${desk.say('castellan.busy.message')}</p>
`,
        html`${todo(desk, [wait])}${requestFacts(desk)}`,
      ),
    }
  }
  const forgot = desk.theme.link('forgot-password')
  return {
    title: desk.text('screen.error.page.title.blocked'),
    body: card(
      html`${shutGate}<h2>${desk.say('screen.blocked.header')}</h2>
<p>${desk.say('screen.blocked.message')}</p>
`,
      html`${todo(desk, [
        moment === undefined ? desk.say('castellan.blocked.wait') : desk.say('castellan.blocked.until', html`<strong>${moment}</strong>`),
        ...(forgot === undefined ? [] : [desk.say('castellan.blocked.forgot', forgot)]),
        tellDesk('castellan.blocked.notme', desk),
      ])}${requestFacts(desk)}`,
    ),
  }
}

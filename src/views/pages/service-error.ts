import { destination, hostOf } from '../links.ts'
import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, requestFacts, shutGate, tellDesk, todo, why } from './parts.ts'

/** Seconds until the page of a refused application leads on, as in CAS. */
const SECONDS_TO_READ = 3

/** "Application Not Authorized to Use CAS" (login-flow.md 9). The refused address is shown, never linked. */
export const serviceError: PageOf<'error/casServiceErrorView'> = ({ message, reason, service, redirectUrl }, desk) => {
  const onward = destination(redirectUrl)
  const advice = message === 'screen.service.expired.message' ? 'castellan.service.todo.moved' : 'castellan.service.todo.address'
  const words =
    onward === undefined ? desk.say(message) : desk.say('screen.service.error.redirect', html`<bdi>${hostOf(onward) || onward}</bdi>`)
  const code = reason.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()
  return {
    title: desk.text('screen.service.error.header'),
    ...(onward === undefined ? {} : { headers: { Refresh: `${SECONDS_TO_READ}; url=${URL.parse(onward)?.href ?? ''}` } }),
    body: card(
      html`${shutGate}<h2>${desk.say('screen.service.error.header')}</h2>
<p>${words}</p>
`,
      html`${
        onward === undefined
          ? todo(desk, [desk.say(advice), tellDesk('castellan.todo.tell', desk)])
          : html`<p class="actions"><a id="unauthorizedRedirectUrl" class="button primary" href="${onward}" rel="noreferrer">${desk.say('screen.button.continue')}</a></p>\n`
      }${requestFacts(desk)}${why(desk, [
        ...(service === '' ? [] : [['castellan.why.service', service] as const]),
        ['castellan.why.reason', code],
      ])}`,
    ),
  }
}

import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, requestFacts, shutGate, tellDesk, todo } from './parts.ts'

/** "OAuth Authorization Error": the login did not begin in this browser, or too long ago (login-flow.md 11.3). */
export const oauthStale: PageOf<'protocol/oauth/sessionStaleMismatchError'> = ({ restartUrl }, desk) => ({
  title: desk.text('cas.oauth.error.header'),
  body: card(
    html`${shutGate}<h2>${desk.say('cas.oauth.error.header')}</h2>
<p>${desk.say('OAUTH_BAD_SESSION_REQUEST')}</p>
`,
    html`${todo(desk, [desk.say('castellan.oauth.stale.todo'), tellDesk('castellan.todo.tell', desk)])}${
      restartUrl !== undefined &&
      html`<p class="actions"><a id="restart" class="button primary" href="${restartUrl}" rel="noreferrer">${desk.say('castellan.oauth.stale.again')}</a></p>\n`
    }${requestFacts(desk)}`,
  ),
})

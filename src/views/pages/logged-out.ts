import { destination, hostOf } from '../links.ts'
import { html, type Markup } from '../markup.ts'
import type { Desk, Page } from '../page.ts'
import { card, gate } from './parts.ts'

/** What every page after a logout says and offers: it worked, how to be safe, and the way onward or back in. `work` stands between (login-flow.md 12). */
export function loggedOut(work: Markup, redirectUrl: string | undefined, desk: Desk): Page {
  const onward = destination(redirectUrl)
  return {
    title: desk.text('screen.logout.header'),
    body: card(
      html`${gate(undefined, desk)}<h2>${desk.say('screen.logout.header')}</h2>
<p id="logoutMessage">${desk.say('screen.logout.success')}</p>
<p class="soft">${desk.say('screen.logout.security')}</p>
`,
      html`${work}<p class="actions">${
        onward === undefined
          ? html`<a class="button" href="${desk.at('/login')}">${desk.say('castellan.logout.again')}</a>`
          : html`<a id="logoutRedirectButton" class="button primary" href="${onward}" rel="noreferrer"><span>${desk.say('castellan.logout.onward', html`<bdi>${hostOf(onward) || onward}</bdi>`)}</span></a>`
      }</p>
`,
    ),
  }
}

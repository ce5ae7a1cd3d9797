import { icons } from '../icons.ts'
import { destination, hostOf } from '../links.ts'
import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, gate } from './parts.ts'

/** "Logout successful" (login-flow.md 12). */
export const logout: PageOf<'logout/casLogoutView'> = ({ redirectUrl }, desk) => {
  const onward = destination(redirectUrl)
  return {
    title: desk.text('screen.logout.header'),
    body: card(
      html`${gate(undefined, desk)}<h2>${desk.say('screen.logout.header')}</h2>
<p id="logoutMessage">${desk.say('screen.logout.success')}</p>
<p class="soft">${desk.say('screen.logout.security')}</p>
`,
      html`<div class="notice">
<p class="mark ok">${icons.checkLarge} ${desk.say('castellan.logout.over')}</p>
<p>${desk.say('castellan.logout.applications')}</p>
</div>
<p class="actions">${
        onward === undefined
          ? html`<a class="button" href="${desk.at('/login')}">${desk.say('castellan.logout.again')}</a>`
          : html`<a id="logoutRedirectButton" class="button primary" href="${onward}" rel="noreferrer"><span>${desk.say('castellan.logout.onward', html`<bdi>${hostOf(onward) || onward}</bdi>`)}</span></a>`
      }</p>
`,
    ),
  }
}

import { hostOf } from '../links.ts'
import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { arch, card, gate } from './parts.ts'

/** "Do you want to log out completely?" with what is open in the session (login-flow.md 12). */
export const logoutConfirm: PageOf<'logout/casConfirmLogoutView'> = (
  { principalId, applications, service, parameter = 'service' },
  desk,
) => {
  const question =
    principalId === undefined
      ? desk.say('castellan.logout.confirm.anonymous')
      : desk.say('screen.logout.confirm.header', html`<bdi>${principalId}</bdi>`)
  return {
    title: desk.text('castellan.logout.confirm.title'),
    body: card(
      html`${gate(undefined, desk)}<h2>${question}</h2>
<p class="soft">${desk.say(applications.length > 0 ? 'screen.logout.confirm.text' : 'castellan.logout.confirm.nothing')}</p>
`,
      html`<div id="divServices" class="stack">
${
  applications.length > 0 &&
  html`<h3>${desk.say('castellan.logout.open')}</h3>
<table id="servicesTable" class="apps">
<thead class="hush"><tr><th scope="col">${desk.say('castellan.application')}</th><th scope="col">${desk.say('castellan.address')}</th></tr></thead>
<tbody>
${applications.map(
  ({ name, url }) =>
    html`<tr><td><div class="app">${arch(name, undefined, desk)} <span><bdi>${name}</bdi></span></div></td><td class="soft"><bdi>${hostOf(url)}</bdi></td></tr>\n`,
)}</tbody>
</table>
`
}</div>
<form id="fm1" name="fm1" method="post" action="logout">
<input type="hidden" name="_eventId" value="success">
<input type="hidden" name="LogoutRequestConfirmed" value="true">
${service !== undefined && html`<input type="hidden" name="${parameter}" value="${service}">\n`}<div class="actions">
<button id="logoutButton" name="logoutButton" type="submit" class="primary" data-wip="${desk.text('screen.welcome.button.loginwip')}">${desk.say('screen.welcome.button.logout')}</button>
<a class="button" href="${desk.at('/login')}">${desk.say('castellan.logout.stay')}</a>
</div>
</form>
`,
    ),
  }
}

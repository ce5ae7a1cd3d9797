import { hostOf } from '../links.ts'
import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { loggedOut } from './logged-out.ts'
import { arch, banner, why } from './parts.ts'

/**
 * "Logout successful", while the browser calls the applications that only it can tell: by pictures or frames that nobody sees, so that it works without
 * scripts and nothing of an application runs in this page (cas-protocol.md 11.4).
 */
export const logoutPropagation: PageOf<'logout/casPropagateLogoutView'> = ({ applications, by, redirectUrl, refused }, desk) =>
  loggedOut(
    html`${
      refused &&
      html`${banner('warning', html`<p>${desk.say('castellan.logout.refused')}</p>`)}${why(desk, [
        ['castellan.why.service', refused.service],
        ['castellan.why.reason', refused.reason],
      ])}`
    }<section class="stack" aria-labelledby="told">
<h3 id="told">${desk.say('castellan.logout.told')}</h3>
<ul class="list">
${applications.map(
  ({ name, service, url }, index) =>
    html`<li id="service${String(index)}">${arch(name, undefined, desk)}<div><bdi>${name}</bdi><p><kbd>${hostOf(service) || service}</kbd></p></div>${
      by === 'frame'
        ? html`<iframe src="${url}" hidden title="${name}" referrerpolicy="no-referrer" sandbox="allow-same-origin allow-scripts"></iframe>`
        : html`<img src="${url}" alt="" width="1" height="1" referrerpolicy="no-referrer">`
    }</li>\n`,
)}</ul>
<p class="soft">${desk.say('castellan.logout.told.help')}</p>
</section>
`,
    redirectUrl,
    desk,
  )

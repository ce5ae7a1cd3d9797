import { icons } from '../icons.ts'
import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { loggedOut } from './logged-out.ts'

/** "Logout successful" (login-flow.md 12). */
export const logout: PageOf<'logout/casLogoutView'> = ({ redirectUrl }, desk) =>
  loggedOut(
    html`<div class="notice">
<p class="mark ok">${icons.checkLarge} ${desk.say('castellan.logout.over')}</p>
<p>${desk.say('castellan.logout.applications')}</p>
</div>
`,
    redirectUrl,
    desk,
  )

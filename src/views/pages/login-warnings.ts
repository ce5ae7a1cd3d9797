import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, conversation, gate } from './parts.ts'

/** Authentication succeeded with warnings, such as a password that soon expires (login-flow.md 7.3). */
export const loginWarnings: PageOf<'login/casLoginMessageView'> = ({ warnings, execution }, desk) => ({
  title: desk.text('screen.authentication.warning'),
  headed: true,
  body: card(
    html`${gate(undefined, desk)}<h1>${desk.say('screen.authentication.warning')}</h1>
<p>${desk.say('castellan.warnings.lead')}</p>
`,
    html`<div class="notice">
<ul>
${warnings.map(({ key, args = [] }) => html`<li><span>${desk.say(key, ...args)}</span></li>\n`)}</ul>
</div>
<form id="form" method="post" action="login">
${conversation(execution, 'proceed')}<button id="continue" name="continue" type="submit" class="primary wide" data-wip="${desk.text('screen.welcome.button.loginwip')}">${desk.say('screen.button.continue')}</button>
</form>
`,
  ),
})

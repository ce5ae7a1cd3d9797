import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, conversation, gate } from './parts.ts'

/** Asked to be warned before logging in to applications (login-flow.md 7.2). */
export const warn: PageOf<'login/casConfirmView'> = ({ application, host, releases, execution }, desk) => ({
  title: desk.text('castellan.warn.heading'),
  body: card(
    html`${gate(application, desk)}<h2>${desk.say('castellan.warn.heading')}</h2>
<h3 class="name"><bdi>${application?.name ?? host}</bdi></h3>
${application && html`<p class="soft"><bdi>${host}</bdi></p>\n`}`,
    html`<h4>${desk.say('screen.confirmation.message')}</h4>
${
  releases.length > 0 &&
  html`<dl class="facts">
<dt>${desk.say('castellan.warn.releases')}</dt><dd>${releases.map((name, index) => html`${index > 0 && ', '}<bdi>${name}</bdi>`)}</dd>
</dl>
`
}<form id="fm1" name="fm1" method="post" action="login">
${conversation(execution, 'success')}<label class="check" id="ignorewarnButton" for="ignorewarn"><input type="checkbox" id="ignorewarn" name="ignorewarn" value="true"> ${desk.say('screen.welcome.label.warnremove')}</label>
<div class="actions">
<button id="continueButton" name="continueButton" type="submit" class="primary" data-wip="${desk.text('screen.welcome.button.loginwip')}">${desk.say('screen.button.continue')}</button>
<a class="button" href="${desk.at('/login')}">${desk.say('castellan.warn.stay')}</a>
</div>
</form>
`,
  ),
})

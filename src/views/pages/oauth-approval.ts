import { icons } from '../icons.ts'
import { html, type Markup } from '../markup.ts'
import type { Desk, PageOf } from '../page.ts'
import { applicationDetails, card, gate } from './parts.ts'

/** What the words of a scope mean to a person, where a bundle says it; the word itself in any case. */
export const scopeList = (scopes: readonly string[], desk: Desk): Markup => html`<ul id="scopes" class="list">
${scopes.map((scope) => {
  const key = `castellan.oauth.scope.${scope}`
  return html`<li id="${scope}"><div>${desk.knows(key) && html`<strong>${desk.say(key)}</strong>`}<p><bdi>${scope}</bdi></p></div></li>\n`
})}</ul>
`

/** Yes or no: the names of the buttons are what the form says. */
export const allowOrDeny = (desk: Desk): Markup => html`<div class="actions">
<button id="allow" name="allow" type="submit" value="true" class="primary">${desk.say('screen.oauth.confirm.allow')}</button>
<button id="deny" name="deny" type="submit" value="true">${desk.say('screen.oauth.confirm.deny')}</button>
</div>
`

/** "Do you want to grant access to …" (login-flow.md 11.1). */
export const oauthApproval: PageOf<'protocol/oauth/confirm'> = (props, desk) => {
  const { application, principalId, scopes, attributes, host, rememberUntilMs, transaction, csrf } = props
  return {
    title: desk.text('cas.oauth.confirm.pagetitle'),
    body: card(
      html`${gate(application, desk)}<h2>${desk.say('screen.oauth.confirm.header')}</h2>
<p>${desk.say('screen.oauth.confirm.message', html`<strong id="serviceUIMetadataDisplayName"><bdi>${application.name}</bdi></strong>`)}</p>
${applicationDetails(application, desk)}<p class="soft">${desk.say('castellan.oauth.loggedin', html`<strong><bdi>${principalId}</bdi></strong>`)}</p>
`,
      html`${
        scopes.length > 0 &&
        html`<section class="stack" aria-labelledby="may">
<h3 id="may">${desk.say('castellan.oauth.may')}</h3>
${scopeList(scopes, desk)}</section>
`
      }${
        attributes.length > 0 &&
        html`<details class="why">
<summary>${icons.flip} ${desk.say('castellan.oauth.values')}</summary>
<dl id="userInfoClaims" class="facts">
${attributes.map(({ name, values }) => html`<dt><bdi>${name}</bdi></dt><dd><code><bdi>${values.join(', ')}</bdi></code></dd>\n`)}</dl>
</details>
`
      }<form id="fm1" name="fm1" method="post" action="${desk.at('/oauth2.0/authorize')}">
<input type="hidden" name="transaction" value="${transaction}">
<input type="hidden" name="csrf" value="${csrf}">
${
  rememberUntilMs !== undefined &&
  html`<label class="check" for="remember"><input type="checkbox" id="remember" name="remember" value="true" aria-describedby="rememberHint"> <span>${desk.say('castellan.oauth.remember', desk.time(rememberUntilMs, 'date'))}</span></label>
<p class="soft" id="rememberHint">${desk.say('castellan.oauth.remember.hint', desk.at('/oauth2.0/approvals'))}</p>
`
}${allowOrDeny(desk)}<p class="soft">${desk.say('castellan.oauth.return', html`<strong><bdi>${host}</bdi></strong>`)}</p>
</form>
`,
    ),
  }
}

import { html, type Markup } from '../markup.ts'
import type { Desk, PageOf } from '../page.ts'
import type { ApprovalsProps } from '../view.ts'
import { arch, card, gate } from './parts.ts'

const row = (
  { clientId, name, logo, scopes, endsAtMs }: ApprovalsProps['applications'][number],
  { transaction, csrf }: ApprovalsProps,
  desk: Desk,
): Markup => html`<li><form method="post" action="${desk.at('/oauth2.0/approvals')}" class="stack">
<div class="app">${arch(name, logo, desk)} <strong><bdi>${name}</bdi></strong></div>
<p class="soft">${scopes.length > 0 && html`<bdi>${scopes.join(', ')}</bdi> · `}${desk.say('castellan.oauth.approvals.until', desk.time(endsAtMs, 'date'))}</p>
<input type="hidden" name="csrf" value="${csrf}">
${transaction !== undefined && html`<input type="hidden" name="transaction" value="${transaction}">\n`}<button type="submit" name="client" value="${clientId}" aria-label="${desk.text('castellan.oauth.approvals.label', name)}">${desk.say('castellan.oauth.approvals.takeback')}</button>
</form></li>
`

/** What one has allowed applications beyond the session. */
export const oauthApprovals: PageOf<'protocol/oauth/approvals'> = (props, desk) => ({
  title: desk.text('castellan.oauth.approvals.header'),
  body: card(
    html`${gate(undefined, desk)}<h2>${desk.say('castellan.oauth.approvals.header')}</h2>
<p>${desk.say('castellan.oauth.loggedin', html`<strong><bdi>${props.principalId}</bdi></strong>`)}</p>
<p class="soft">${desk.say('castellan.oauth.approvals.lead')}</p>
`,
    props.applications.length === 0
      ? html`<div class="notice"><p>${desk.say('castellan.oauth.approvals.none')}</p></div>
<p class="actions"><a class="button" href="${desk.at('/login')}">${desk.say('castellan.oauth.session')}</a></p>
`
      : html`<ul id="approvals" class="list">
${props.applications.map((application) => row(application, props, desk))}</ul>
<p class="actions"><a class="button" href="${desk.at('/login')}">${desk.say('castellan.oauth.session')}</a></p>
`,
  ),
})

import { icons } from '../icons.ts'
import { html, type Markup } from '../markup.ts'
import type { Desk, PageOf } from '../page.ts'
import type { DeviceForm } from '../view.ts'
import { allowOrDeny, scopeList } from './oauth-approval.ts'
import { banner, card, gate } from './parts.ts'

const deviceForm = (
  { csrf, transaction }: DeviceForm,
  fields: Markup,
  desk: Desk,
): Markup => html`<form id="fm1" name="fm1" method="post" action="${desk.at('/oauth2.0/device')}">
<input type="hidden" name="csrf" value="${csrf}">
${transaction !== undefined && html`<input type="hidden" name="transaction" value="${transaction}">\n`}${fields}</form>
`

/** "Connect Device": the code that the device shows (login-flow.md 11.2). */
export const deviceCode: PageOf<'protocol/oauth/deviceCodeApproval'> = (props, desk) => {
  const { principalId, userCode, userCodeLength, error } = props
  const described = error ? 'codeHint loginErrorsPanel' : 'codeHint'
  return {
    title: desk.text('screen.oauth.device.header'),
    body: card(
      html`${gate(undefined, desk)}<h2>${desk.say('screen.oauth.device.header')}</h2>
<p>${desk.say('castellan.oauth.device.lead', html`<strong><bdi>${principalId}</bdi></strong>`)}</p>
<p class="soft">${desk.say('castellan.oauth.device.warning')}</p>
`,
      html`${
        error &&
        banner('danger', html`<p><span>${desk.say(error.key, ...(error.args ?? []))}</span></p>`, html` id="loginErrorsPanel" role="alert"`)
      }${deviceForm(
        props,
        html`<div class="field">
<label for="usercode">${desk.say('castellan.oauth.device.label')}</label>
<input id="usercode" name="usercode" type="text" class="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="80" required aria-describedby="${described}" value="${userCode}"${error && html` aria-invalid="true" autofocus`}>
<p class="soft" id="codeHint">${desk.say('castellan.oauth.device.hint', String(userCodeLength))}</p>
</div>
<button type="submit" id="submitBtn" class="primary wide">${desk.say('screen.button.continue')}</button>
`,
        desk,
      )}`,
    ),
  }
}

/** Which client asks, from where, for what: allow or deny. */
export const deviceConfirm: PageOf<'protocol/oauth/deviceCodeConfirm'> = (props, desk) => {
  const { application, principalId, userCode, askedAtMs, askedFrom, scopes } = props
  return {
    title: desk.text('screen.oauth.device.header'),
    body: card(
      html`${gate(application, desk)}<h2>${desk.say('screen.oauth.device.header')}</h2>
<p>${desk.say('castellan.oauth.device.question', html`<strong><bdi>${application.name}</bdi></strong>`, html`<strong><bdi>${principalId}</bdi></strong>`)}</p>
<p class="soft">${desk.say('castellan.oauth.device.still')}</p>
`,
      html`<dl class="facts">
<dt>${desk.say('castellan.oauth.device.code')}</dt><dd><code dir="ltr">${userCode}</code></dd>
<dt>${desk.say('castellan.oauth.device.asked')}</dt><dd>${desk.time(askedAtMs, 'clock')}, <bdi>${askedFrom}</bdi></dd>
</dl>
${
  scopes.length > 0 &&
  html`<section class="stack" aria-labelledby="may">
<h3 id="may">${desk.say('castellan.oauth.may')}</h3>
${scopeList(scopes, desk)}</section>
`
}${deviceForm(props, html`<input type="hidden" name="usercode" value="${userCode}">\n${allowOrDeny(desk)}`, desk)}`,
    ),
  }
}

/** "Code Approved": go back to the device; or it has been turned away. */
export const deviceApproved: PageOf<'protocol/oauth/deviceCodeApproved'> = ({ application, allowed }, desk) => {
  const heading = allowed ? 'screen.oauth.deviceapproved.header' : 'castellan.oauth.device.denied.header'
  return {
    title: desk.text(heading),
    body: card(
      html`${gate(application, desk)}<h2>${desk.say(heading)}</h2>
<p>${desk.say(allowed ? 'screen.oauth.deviceapproved.message' : 'castellan.oauth.device.denied')}</p>
`,
      html`<div class="notice">
${allowed && html`<p class="mark ok">${icons.checkLarge} <span>${desk.say('castellan.oauth.device.done', html`<bdi>${application.name}</bdi>`)}</span></p>\n`}<p>${desk.say('castellan.oauth.device.close')}</p>
</div>
<p class="actions"><a class="button" href="${desk.at('/login')}">${desk.say('castellan.oauth.session')}</a></p>
`,
    ),
  }
}

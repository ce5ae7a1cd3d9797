import { icons } from '../icons.ts'
import { html, type Markup } from '../markup.ts'
import type { Desk, PageOf } from '../page.ts'
import type { ApplicationProps, CodeProps, Message } from '../view.ts'
import { banner, card, conversation, gate, tellDesk } from './parts.ts'

/** The pages of a code by SMS or mail (login-flow.md 7.4): type it, choose where it goes, enter where it goes. */

function lead(application: ApplicationProps | undefined, desk: Desk): Markup {
  const shown = desk.theme.flag('cas.service-ui.show') ? application : undefined
  return html`${gate(shown, desk)}<h2>${desk.say('castellan.mfa.heading')}</h2>
${
  shown &&
  html`<p class="soft">${desk.say('castellan.login.continue')}</p>
<p class="name"><bdi>${shown.name}</bdi></p>
`
}`
}

const errorPanel = (error: Message | undefined, desk: Desk): Markup | undefined =>
  error &&
  banner('danger', html`<p><span>${desk.say(error.key, ...(error.args ?? []))}</span></p>`, html` id="loginErrorsPanel" role="alert"`)

const login = (desk: Desk, key: string): Markup =>
  html`<button id="submitBtn" name="submitBtn" type="submit" accesskey="l" class="primary wide" data-wip="${desk.text('screen.welcome.button.loginwip')}">${desk.say(key)}</button>`

/** In whole minutes where there are two or more; nothing about a time that is over. */
function goodFor(seconds: number, desk: Desk): Markup {
  if (seconds < 1) return html``
  return seconds < 120
    ? desk.say('castellan.mfa.simple.good.seconds', String(seconds))
    : desk.say('castellan.mfa.simple.good.minutes', String(Math.floor(seconds / 60)))
}

const sentAgainNotice = (desk: Desk): Markup =>
  html`<div class="banner banner-info" id="sentAgain" role="status">${icons.info}<div><p>${desk.say('castellan.mfa.simple.sent-again')}</p></div></div>\n`

const destinations = ({ recipients }: CodeProps): Markup =>
  html`${recipients.map((one, index) => html`${index > 0 && ', '}<strong><bdi>${one.masked}</bdi></strong>`)}`

function again({ execution, recipients }: CodeProps, desk: Desk): Markup {
  const byMail = recipients.some(({ channel }) => channel === 'mail')
  return html`<form id="resendForm" method="post" action="login">
${conversation(execution, 'resend')}<button id="resendButton" name="resend" type="submit" class="wide" data-wip="${desk.text('screen.welcome.button.loginwip')}">${icons.mail} ${desk.say('castellan.mfa.simple.resend')}</button>
</form>
<p class="soft">${tellDesk(byMail ? 'castellan.mfa.simple.help.mail' : 'castellan.mfa.simple.help', desk)}</p>
`
}

/** "Enter the code we sent you", or one's own where none was sent. One field that looks like six boxes: a whole code can be pasted, and devices fill it in from the message. */
export const mfaCode: PageOf<'simple-mfa/casSimpleMfaLoginView'> = (props, desk) => {
  const { application, execution, length, type, error, sentAgain } = props
  const described = error ? 'tokenHint loginErrorsPanel' : 'tokenHint'
  const isSent = props.recipients.length > 0
  const wrong = error && html` aria-invalid="true"`
  return {
    title: desk.text('cas.login.pagetitle'),
    body: card(
      lead(application, desk),
      html`${errorPanel(error, desk)}${
        sentAgain && sentAgainNotice(desk)
      }<h3>${desk.say(isSent ? 'castellan.mfa.simple.title' : 'castellan.mfa.code.title')}</h3>
${isSent && html`<p>${desk.say('castellan.mfa.simple.sent', destinations(props))} ${goodFor(props.secondsLeft, desk)}</p>\n`}<form id="fm1" name="fm1" method="post" action="login">
${conversation(execution, 'submit')}<div class="field">
<label for="token">${desk.say('castellan.mfa.simple.label')}</label>
<input id="token" name="token" type="text" class="code${length === 6 && ' boxes'}" inputmode="${type === 'NUMERIC' ? 'numeric' : 'text'}" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required autofocus aria-describedby="${described}"${wrong}>
<p class="soft" id="tokenHint">${desk.say(type === 'NUMERIC' ? 'castellan.mfa.simple.hint.digits' : 'castellan.mfa.simple.hint.characters', String(length))}</p>
</div>
${login(desk, 'screen.welcome.button.login')}
</form>
${isSent && again(props, desk)}`,
      undefined,
      'login',
    ),
  }
}

/** The code in place of a password. Whether there is anybody of that name, and where the code went, is not said. */
export const passwordlessCode: PageOf<'passwordless/casPasswordlessDisplayView'> = (props, desk) => {
  const { application, execution, length, error, sentAgain, name } = props
  const shown = desk.theme.flag('cas.service-ui.show') ? application : undefined
  const described = error ? 'tokenHint loginErrorsPanel' : 'tokenHint'
  const wrong = error && html` aria-invalid="true"`
  return {
    title: desk.text('cas.login.pagetitle'),
    body: card(
      html`${gate(shown, desk)}<h2>${desk.say('castellan.login.heading')}</h2>
${
  shown &&
  html`<p class="soft">${desk.say('castellan.login.continue')}</p>
<p class="name"><bdi>${shown.name}</bdi></p>
`
}`,
      html`${errorPanel(error, desk)}${sentAgain && sentAgainNotice(desk)}<h3>${desk.say('castellan.mfa.simple.title')}</h3>
<p>${desk.say('castellan.passwordless.sent', html`<strong><bdi>${name}</bdi></strong>`)} ${goodFor(props.secondsLeft, desk)}</p>
<form id="fm1" name="fm1" method="post" action="login">
${conversation(execution, 'submit')}<div class="field">
<label for="token">${desk.say('castellan.mfa.simple.label')}</label>
<input id="token" name="token" type="text" class="code${length === 6 && ' boxes'}" inputmode="numeric" autocomplete="one-time-code" spellcheck="false" required autofocus aria-describedby="${described}"${wrong}>
<p class="soft" id="tokenHint">${desk.say('castellan.mfa.simple.hint.digits', String(length))}</p>
</div>
${login(desk, 'screen.welcome.button.login')}
</form>
<form id="resendForm" method="post" action="login">
${conversation(execution, 'resend')}<button id="resendButton" name="resend" type="submit" class="wide" data-wip="${desk.text('screen.welcome.button.loginwip')}">${icons.mail} ${desk.say('castellan.mfa.simple.resend')}</button>
</form>
<form id="otherForm" method="post" action="login">
${conversation(execution, 'other')}<button id="otherButton" name="other" type="submit" class="wide">${desk.say('castellan.passwordless.other')}</button>
</form>
<p class="soft">${tellDesk('castellan.passwordless.help', desk)}</p>
`,
      undefined,
      'login',
    ),
  }
}

/** "Where should the code go?" */
export const mfaChoice: PageOf<'simple-mfa/casSimpleMfaChoiceView'> = ({ application, execution, choices, error }, desk) => ({
  title: desk.text('cas.login.pagetitle'),
  body: card(
    lead(application, desk),
    html`${errorPanel(error, desk)}<h3>${desk.say('castellan.mfa.simple.choose')}</h3>
<form id="fm1" name="fm1" method="post" action="login">
${conversation(execution, 'submit')}<fieldset class="checks" id="recipients"${error && html` aria-describedby="loginErrorsPanel"`}>
<legend>${desk.say('castellan.mfa.simple.choose.legend')}</legend>
${choices.map(
  ({ channel, masked }, index) => html`<label class="check">
<input type="radio" name="recipient" value="${String(index)}" required${index === 0 && html` checked`}> <span>${desk.say(`castellan.mfa.simple.by.${channel}`, html`<bdi>${masked}</bdi>`)}</span>
</label>
`,
)}</fieldset>
${login(desk, 'castellan.mfa.simple.send')}
</form>
`,
    undefined,
    'login',
  ),
})

/** "We know no address of yours", where one may be entered. */
export const mfaAddress: PageOf<'simple-mfa/casSimpleMfaAddressView'> = ({ application, execution, error }, desk) => ({
  title: desk.text('cas.login.pagetitle'),
  body: card(
    lead(application, desk),
    html`${errorPanel(error, desk)}<h3>${desk.say('castellan.mfa.simple.address')}</h3>
<p>${desk.say('castellan.mfa.simple.address.lead')}</p>
<form id="fm1" name="fm1" method="post" action="login">
${conversation(execution, 'submit')}<div class="field">
<label for="email">${desk.say('castellan.mfa.simple.address.label')}</label>
<input id="email" name="email" type="email" autocomplete="email" maxlength="320" required autofocus${error && html` aria-invalid="true" aria-describedby="loginErrorsPanel"`}>
</div>
${login(desk, 'castellan.mfa.simple.send')}
</form>
`,
    undefined,
    'login',
  ),
})

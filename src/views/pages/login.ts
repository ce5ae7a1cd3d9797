import { icons } from '../icons.ts'
import { html, type Markup } from '../markup.ts'
import type { Desk, Page, PageOf } from '../page.ts'
import type { LinkName } from '../themes.ts'
import type { LoginProps } from '../view.ts'
import { applicationDetails, banner, card, conversation, gate } from './parts.ts'

type Field = LoginProps['invalidFields'][number]

/** Names that the form owns; a carried parameter of this name would come twice. */
const OWN_NAMES = new Set(
  'execution _eventId username password geolocation deviceFingerprint source rememberMe warn publicWorkstation submitBtn'.split(' '),
)
const LINKS: readonly (readonly [LinkName, string])[] = [
  ['forgot-password', 'forgotPasswordLink'],
  ['forgot-username', 'forgotUsernameLink'],
  ['sign-up', 'accountSignUpLink'],
]

function lead(props: LoginProps, desk: Desk): Markup {
  const shown = desk.theme.flag('cas.service-ui.show') ? props.application : undefined
  if (!shown) {
    return html`${gate(undefined, desk)}<h2>${desk.say('castellan.login.heading')}</h2>
<p class="soft">${desk.say('castellan.login.alone', desk.serverHost)}</p>
`
  }
  return html`${gate(shown, desk)}<h2>${desk.say('castellan.login.heading')}</h2>
<p class="soft">${desk.say('castellan.login.continue')}</p>
<h3 class="name" id="serviceUIMetadataDisplayName"><bdi>${shown.name}</bdi></h3>
${applicationDetails(shown, desk)}${shown.wildcard && html`<p class="soft" id="wildcardService">${desk.say('castellan.login.wildcard')}</p>\n`}`
}

function notices(props: LoginProps, desk: Desk): Markup {
  const { application, existingSession } = props
  return html`${
    props.insecure &&
    banner(
      'warning',
      html`<h2 class="plain">${desk.say('screen.nonsecure.title')}</h2><p><span>${desk.say('screen.nonsecure.message')}</span></p>`,
      html` id="nonSecureConnection"`,
    )
  }${
    existingSession &&
    banner(
      'info',
      html`<p><span>${desk.say('screen.welcome.forcedsso', existingSession.principalId, application?.name ?? desk.serverHost)}</span></p>`,
      html` id="existingSsoMsg"`,
    )
  }${props.expiredNotice && banner('warning', html`<p><span>${desk.say('screen.session.expired')}</span></p>`, html` id="sessionExpiredMsg"`)}`
}

/** For whoever sets the server up: below the form, where it does not stand in the way. */
const trialNotice = (desk: Desk): Markup =>
  banner(
    'warning',
    html`<h2 class="plain">${desk.say('screen.defaultauthn.title')}</h2><p><span>${desk.say('screen.defaultauthn.heading')}</span></p>`,
    html` id="staticAuthentication"`,
  )

/** Blank fields say so beside themselves; the panel then is for ears and scripts only. */
const REQUIRED: Readonly<Record<string, Field>> = {
  'username.required': 'username',
  'password.required': 'password',
  'source.required': 'source',
}

function errorsPanel(props: LoginProps, desk: Desk): Markup {
  if (props.errors.length === 0) return html``
  const beside = props.errors.every(({ key }) => REQUIRED[key] !== undefined)
  const words = props.errors.map(({ key, args = [] }) => html`<p><span>${desk.say(key, ...args)}</span></p>`)
  return html`<div id="loginErrorsPanel" class="banner banner-danger${beside && ' hush'}" role="alert">${icons.alert}<div><h2 class="hush">${desk.say('screen.authentication.error.title')}</h2>${words}</div></div>\n`
}

/** State of one field: whether it is wrong, whether it is the first that is, and where it says why. */
function fieldState(field: Field, props: LoginProps): { readonly missing: boolean; readonly attributes: Markup } {
  const missing = props.errors.some(({ key }) => REQUIRED[key] === field)
  if (!props.invalidFields.includes(field)) return { missing, attributes: html`` }
  const where = missing ? `${field}ValidationMessage` : 'loginErrorsPanel'
  return {
    missing,
    attributes: html` aria-invalid="true" aria-describedby="${where}"${props.invalidFields[0] === field && html` autofocus`}`,
  }
}

const problem = (field: Field, missing: boolean, desk: Desk): Markup =>
  html`<p class="problem" id="${field}ValidationMessage"${!missing && html` hidden`}>${icons.alertSmall} <span>${desk.say(`${field}.required`)}</span></p>\n`

function usernameField(props: LoginProps, desk: Desk): Markup {
  const { missing, attributes } = fieldState('username', props)
  return html`<div class="field" id="usernameSection">
<label for="username">${desk.say('screen.welcome.label.netid')}</label>
<input id="username" name="username" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required accesskey="${desk.text('screen.welcome.label.netid.accesskey')}"${props.username !== '' && html` value="${props.username}"`}${attributes}>
${problem('username', missing, desk)}</div>
`
}

function passwordField(props: LoginProps, desk: Desk): Markup {
  const { missing, attributes } = fieldState('password', props)
  return html`<div class="field" id="passwordSection">
<label for="password">${desk.say('screen.welcome.label.password')}</label>
<div class="with-button">
<input id="password" name="password" type="password" autocomplete="current-password" required accesskey="${desk.text('screen.welcome.label.password.accesskey')}"${attributes}>
<button type="button" class="reveal-password" aria-label="${desk.text('castellan.login.reveal')}" aria-pressed="false" aria-controls="password">${icons.eye}</button>
</div>
${problem('password', missing, desk)}<p class="mark late" id="capslock" role="status" hidden>${icons.alertSmall} ${desk.say('screen.capslock.on')}</p>
</div>
`
}

function sources(props: LoginProps, desk: Desk): Markup {
  if (props.sources.length === 0) return html``
  const { missing } = fieldState('source', props)
  // The first carries the id that CAS gives the field; a click on the label of each chooses it without a script.
  return html`<fieldset class="checks" id="authnSourceSection">
<legend>${desk.say('screen.welcome.label.source')}</legend>
${props.sources.map(
  (source, index) => html`<label class="check" id="${source}-authnSource">
<input type="radio"${index === 0 && html` id="source"`} name="source" value="${source}" required> ${source}
</label>
`,
)}${problem('source', missing, desk)}</fieldset>
`
}

const customFields = (props: LoginProps, desk: Desk): Markup =>
  html`${props.customFields.map((field) => {
    const id = `${field.name}-customField`
    return html`<div class="field">
<label for="${id}">${desk.say(field.labelKey)}</label>
<input id="${id}" name="customFields[${field.name}]" type="text" value="${field.value}"${field.required && html` required`}>
</div>
`
  })}`

function options(props: LoginProps, desk: Desk): Markup {
  const option = (id: string, key: string) => html`<label class="check" id="${id}Button" for="${id}">
<input type="checkbox" id="${id}" name="${id}" value="true"> ${desk.say(key)}
</label>
`
  if (!(props.rememberMe || props.warn || props.publicWorkstation)) return html``
  return html`<div class="checks">
${props.rememberMe && option('rememberMe', 'screen.rememberme.checkbox.title')}${props.warn && option('warn', 'screen.welcome.label.warn')}${
  props.publicWorkstation && option('publicWorkstation', 'screen.welcome.label.publicstation')
}</div>
`
}

function links(desk: Desk): Markup {
  if (!desk.theme.flag('cas.pm-links.enabled')) return html``
  const shown = LINKS.flatMap(([name, id]) => {
    const address = desk.theme.link(name)
    return address === undefined ? [] : [html`<a id="${id}" href="${address}">${desk.say(`castellan.login.${name}`)}</a>\n`]
  })
  return shown.length === 0 ? html`` : html`<p class="row" id="pmlinks">\n${shown}</p>\n`
}

/** The form (login-flow.md 4.2). */
export const login: PageOf<'login/casLoginView'> = (props, desk) => formPage(props, desk, true)

/** The name alone, where a code comes in place of a password (authentication.md 14). */
export const userName: PageOf<'passwordless/casPasswordlessGetUserIdView'> = (props, desk) => formPage(props, desk, false)

function formPage(props: LoginProps, desk: Desk, withPassword: boolean): Page {
  const words = withPassword
    ? { instructions: 'screen.welcome.instructions', button: 'screen.welcome.button.login' }
    : { instructions: 'castellan.passwordless.instructions', button: 'castellan.passwordless.next' }
  const carried = props.carried
    .filter(({ name }) => !OWN_NAMES.has(name))
    .map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">\n`)
  const form = html`<form id="fm1" name="fm1" method="post" action="login">
${errorsPanel(props, desk)}${notices(props, desk)}<div id="login-form-controls" class="stack">
${!props.existingSession && html`<h2 class="plain"><span>${desk.say(words.instructions)}</span></h2>\n`}${usernameField(props, desk)}${withPassword && passwordField(props, desk)}${customFields(props, desk)}${sources(props, desk)}${options(props, desk)}</div>
${conversation(props.execution, 'submit')}<input type="hidden" name="geolocation" value="">
<input type="hidden" name="deviceFingerprint" value="">
${carried}<button id="submitBtn" name="submitBtn" type="submit" accesskey="l" class="primary wide" data-wip="${desk.text('screen.welcome.button.loginwip')}">${desk.say(words.button)}</button>
</form>
`
  return {
    title: desk.text('cas.login.pagetitle'),
    body: card(
      lead(props, desk),
      html`<section id="loginForm" aria-label="${desk.text('castellan.login.heading')}">
${desk.theme.flag('cas.login-form.enabled') ? html`${form}${links(desk)}` : notices(props, desk)}</section>
${props.staticUsers && trialNotice(desk)}`,
      'sidebar',
    ),
  }
}

import { icons } from '../icons.ts'
import { webLink } from '../links.ts'
import { html, type Markup } from '../markup.ts'
import type { Desk, PageOf } from '../page.ts'
import type { SignedInProps } from '../view.ts'
import { browserOf } from './browser.ts'
import { arch, card, gate } from './parts.ts'

/** Sessions without an end say nothing about it. */
const LAST_MOMENT_MS = 8.64e15
/** Longer values are cut, as CAS does. */
const MAX_VALUE_LENGTH = 80

function printed(values: readonly (string | number | boolean)[]): string {
  const text = `[${values.join(', ')}]`
  const letters = [...text.slice(0, MAX_VALUE_LENGTH * 2)]
  return letters.length > MAX_VALUE_LENGTH ? `${letters.slice(0, MAX_VALUE_LENGTH - 1).join('')}…` : text
}

type Attributes = SignedInProps['principalAttributes']

const attributeTable = (attributes: Attributes, desk: Desk): Markup => {
  const rows = Object.entries(attributes)
  if (rows.length === 0) return html`<p class="soft">${desk.say('castellan.signedin.nothing')}</p>\n`
  // Three tables of one id on one page: tools ask for `#attribute-tab-0 table#attributesTable`.
  return html`<table id="attributesTable">
<thead><tr><th scope="col">${desk.say('castellan.attribute')}</th><th scope="col">${desk.say('castellan.value')}</th></tr></thead>
<tbody>
${rows.map(
  ([name, values]) =>
    html`<tr id="${name}"><td class="attribute-key"><code dir="ltr">${name}</code></td><td class="attribute-value"><code><kbd dir="auto">${printed(values)}</kbd></code></td></tr>\n`,
)}</tbody>
</table>
`
}

function applicationTable(applications: NonNullable<SignedInProps['applications']>, desk: Desk): Markup {
  if (applications.length === 0) return html`<p class="soft">${desk.say('castellan.signedin.noapplications')}</p>\n`
  return html`<table id="attributesTable" class="apps">
<thead class="hush"><tr><th scope="col">${desk.say('castellan.application')}</th><th scope="col">${desk.say('castellan.state')}</th></tr></thead>
<tbody>
${applications.map(({ id, name, url, logo, open }) => {
  const address = webLink(url)
  const label = address === undefined ? html`<span><bdi>${name}</bdi></span>` : html`<a href="${address}"><bdi>${name}</bdi></a>`
  const state = open
    ? html`<td><span class="mark ok">${icons.check} ${desk.say('castellan.signedin.open')}</span></td>`
    : html`<td class="soft">${desk.say('castellan.signedin.unused')}</td>`
  return html`<tr id="service${id}"><td><div class="app">${arch(name, logo, desk)} ${label}</div></td>${state}</tr>\n`
})}</tbody>
</table>
`
}

interface Section {
  readonly number: 0 | 1 | 2
  readonly tab: string
  readonly heading: string
  readonly content: Markup
}

/** "Log In Successful": logged in without an application (login-flow.md 7.1). */
export const signedIn: PageOf<'login/casGenericSuccessView'> = (props, desk) => {
  const attributes = desk.theme.flag('cas.successful-login.display-attributes')
  const sections: readonly Section[] = [
    ...(props.applications
      ? [
          {
            number: 2,
            tab: 'services-tab',
            heading: 'castellan.signedin.applications',
            content: applicationTable(props.applications, desk),
          } as const,
        ]
      : []),
    ...(attributes
      ? [
          {
            number: 0,
            tab: 'principal-tab',
            heading: 'castellan.signedin.principal',
            content: attributeTable(props.principalAttributes, desk),
          } as const,
          {
            number: 1,
            tab: 'auth-tab',
            heading: 'castellan.signedin.authentication',
            content: attributeTable(props.authenticationAttributes, desk),
          } as const,
        ]
      : []),
  ]
  const who = html`<strong><bdi>${props.principalId}</bdi></strong>`
  const address = html`<bdi>${props.client.address}</bdi>`
  const device = browserOf(props.client.userAgent)
  const lead = html`${gate(undefined, desk)}<h2>${desk.say('screen.success.header')}</h2>
<p>${desk.say('screen.success.success', who)}${props.applications && props.applications.length > 0 && html` ${desk.say('castellan.signedin.choose')}`}</p>
<span id="principalId" hidden>${props.principalId}</span>
<dl class="facts">
<dt>${desk.say('castellan.signedin.since')}</dt><dd>${desk.time(props.authenticatedAtMs, 'date')}</dd>
${props.endsAtMs <= LAST_MOMENT_MS && html`<dt>${desk.say('castellan.signedin.until')}</dt><dd>${desk.say('castellan.signedin.untilorlogout', desk.time(props.endsAtMs, 'date'))}</dd>\n`}<dt>${desk.say('castellan.signedin.device')}</dt><dd>${device === undefined ? address : desk.say('castellan.signedin.browser', device.browser, device.system, address)}</dd>
</dl>
<p id="view-genericsuccess-security"><a class="button" href="${desk.at('/logout')}">${icons.leave} ${desk.say('castellan.signedin.logout')}</a></p>
`
  const work = html`${
    sections.length > 1 &&
    html`<nav class="row" aria-label="${desk.text('castellan.onthispage')}">
${sections.map(({ number, tab, heading }) => html`<a id="${tab}" href="#attribute-tab-${number}">${desk.say(heading)}</a>\n`)}</nav>
`
  }${sections.map(
    ({ number, heading, content }) => html`<section id="attribute-tab-${number}" class="stack" aria-labelledby="t${number}">
<h3 id="t${number}">${desk.say(heading)}</h3>
${content}</section>
`,
  )}${sections.length === 0 && html`<div class="notice"><p>${desk.say('castellan.signedin.security')}</p></div>\n`}`
  return { title: desk.text('screen.success.header'), body: card(lead, work) }
}

import { icons } from '../icons.ts'
import { imageSource, webLink } from '../links.ts'
import { html, type Markup } from '../markup.ts'
import type { Desk } from '../page.ts'
import type { ApplicationProps } from '../view.ts'

/** Pages that bring their own words for "where am I" and "what do I do". */
export const card = (
  lead: Markup,
  work: Markup,
  leadId?: string,
  workId?: string,
): Markup => html`<div class="lead"${leadId && html` id="${leadId}"`}>
${lead}</div>
<div class="work"${workId && html` id="${workId}"`}>
${work}</div>
`

/** First letter of a name, for an application without a logo. */
const initial = (name: string): string => [...name.trim()][0]?.toLocaleUpperCase() ?? ''

/** The arch at the side: the mark of the application one is on the way to, or of the house. */
export function gate(application: ApplicationProps | undefined, desk: Desk): Markup {
  if (!application) return html`<div class="gate"><img src="${desk.theme.favicon}" alt="" width="48" height="48"></div>\n`
  const logo = imageSource(application.logo, desk.contextPath)
  return logo === undefined
    ? html`<div class="gate"><span class="letter" aria-hidden="true">${initial(application.name)}</span></div>\n`
    : html`<div class="gate"><img id="serviceUIMetadataLogo" src="${logo}" alt="" width="48" height="48" referrerpolicy="no-referrer"></div>\n`
}

/** The gate that no way leads through. */
export const shutGate: Markup = html`<div class="gate shut"></div>\n`

/** The small arch of a row. */
export function arch(name: string, logo: string | undefined, desk: Desk): Markup {
  const source = imageSource(logo, desk.contextPath)
  return source === undefined
    ? html`<span class="arch" aria-hidden="true">${initial(name)}</span>`
    : html`<span class="arch"><img src="${source}" alt="" width="20" height="20" referrerpolicy="no-referrer"></span>`
}

/** Description and links of an application, where the theme wants them. */
export function applicationDetails(application: ApplicationProps, desk: Desk): Markup {
  if (!desk.theme.flag('cas.service-ui.show-details')) return html``
  const information = webLink(application.informationUrl)
  const privacy = webLink(application.privacyUrl)
  return html`${application.description && html`<p class="soft" id="serviceUIMetadataDescription"><bdi>${application.description}</bdi></p>\n`}${
    (information ?? privacy) !== undefined &&
    html`<p class="row">
${information !== undefined && html`<a id="serviceUIMetadataInformationUrl" href="${information}">${desk.say('castellan.application.about')}</a>\n`}${
  privacy !== undefined && html`<a id="serviceUIMetadataPrivacyUrl" href="${privacy}">${desk.say('castellan.application.privacy')}</a>\n`
}</p>\n`
  }`
}

/** A coloured box: icon and words. */
export function banner(kind: 'danger' | 'warning' | 'info', words: Markup, attributes?: Markup): Markup {
  const classes = kind === 'info' ? 'banner banner-info' : `banner banner-${kind}`
  return html`<div class="${classes}"${attributes}>${kind === 'info' ? icons.info : icons.alert}<div>${words}</div></div>\n`
}

/** "What you can do", a list. */
export const todo = (desk: Desk, items: readonly Markup[]): Markup => html`<div class="notice">
<h3>${desk.say('castellan.todo')}</h3>
<ul>
${items.map((item) => html`<li>${item}</li>\n`)}</ul>
</div>
`

/** "Tell the service desk …", with a link where the theme knows the desk. */
export function tellDesk(key: string, desk: Desk): Markup {
  const address = desk.theme.link('service-desk')
  const words = desk.say('castellan.service-desk')
  return desk.say(key, address === undefined ? words : html`<a href="${address}">${words}</a>`)
}

/** Request number and time: what the service desk asks for. */
export const requestFacts = (desk: Desk): Markup => html`<dl class="facts">
<dt>${desk.say('castellan.request')}</dt><dd><code id="requestId">${desk.context.requestId}</code></dd>
<dt>${desk.say('castellan.time')}</dt><dd>${desk.stamp(desk.context.nowMs)}</dd>
</dl>
`

/** Address and reason code, folded away: for whoever runs the application. */
export const why = (desk: Desk, facts: readonly (readonly [string, string])[]): Markup => html`<details class="why">
<summary>${icons.flip} ${desk.say('castellan.why')}</summary>
<dl class="facts">
${facts.map(([label, value]) => html`<dt>${desk.say(label)}</dt><dd><code dir="ltr">${value}</code></dd>\n`)}<dt>${desk.say('castellan.why.more')}</dt><dd>${desk.say('castellan.why.where')}</dd>
</dl>
</details>
`

/** The two hidden fields by which a conversation goes on. `name` before `value`: scripts in the field look for just that. */
export const conversation = (execution: string, event: string): Markup => html`<input type="hidden" name="execution" value="${execution}">
<input type="hidden" name="_eventId" value="${event}">
`

import { icons } from '../icons.ts'
import { hostOf } from '../links.ts'
import { languageTag } from '../locale.ts'
import { html, type Markup } from '../markup.ts'
import { inLanguage, operatorMarkup } from '../operator-text.ts'
import type { Desk, PageOf } from '../page.ts'
import type { InterruptProps } from '../view.ts'
import { banner, card, conversation, gate, shutGate } from './parts.ts'

/** Ids of the frame and of this page, which no link and no key of the data may take. */
const TAKEN =
  'content main-content cas-logo languages interruptMessage interruptLinks formlinks linkToRedirect formstay stay autoRedirect secondsLeft attributesTable fm1 proceed cancel acknowledge acknowledgeProblem serviceUIMetadataLogo position preview dead'.split(
    ' ',
  )

/** A notice of a source between the login and the application (interrupt.md 5). */
export const interrupt: PageOf<'interrupt/casInterruptView'> = (props, desk) => {
  const { application, blocked, redirect, position, preview = false } = props
  const who = html`<bdi>${props.principalId}</bdi>`
  const goesOn = application !== undefined && !blocked && !redirect
  return {
    title: desk.text('cas.login.pagetitle'),
    headed: true,
    ...(redirect
      ? { head: html`<noscript><meta http-equiv="refresh" content="${redirect.seconds};url=${redirect.href}"></noscript>\n` }
      : {}),
    body: card(
      html`${blocked ? shutGate : gate(application, desk)}<h1 tabindex="-1"${!props.unread && html` autofocus`}>${desk.say('screen.interrupt.title')}${position && html` <small id="position">${desk.say('castellan.interrupt.position', html`${position.page}`, html`${position.of}`)}</small>`}</h1>
<p>${desk.say('screen.interrupt.message', who)}</p>
${goesOn && html`<p class="soft">${desk.say('castellan.interrupt.onward', html`<bdi>${application.name}</bdi>`)}</p>\n`}`,
      html`${preview && banner('warning', html`<p id="preview">${desk.say('castellan.interrupt.preview')}</p>`)}${message(props, desk)}${table(props, desk)}${countdown(props, desk)}${dead(preview, html`${links(props, desk)}${blocked ? wayOut(props, desk) : wayOn(props, desk)}`)}`,
    ),
  }
}

/** Buttons that are only to be looked at. */
const dead = (preview: boolean, buttons: Markup): Markup =>
  preview ? html`<fieldset id="dead" disabled inert>${buttons}</fieldset>` : buttons

function message({ message: given, blocked }: InterruptProps, desk: Desk): Markup {
  if (!given) return html``
  const { markup, hasBlocks } =
    'code' in given
      ? { markup: desk.say(given.code), hasBlocks: false }
      : operatorMarkup(inLanguage(given.text, desk.context.locale), given.format)
  const role = blocked ? 'alert' : 'status'
  // A list cannot stand in a paragraph: the browser would put it behind.
  const box = hasBlocks
    ? html`<div id="interruptMessage" class="stack" dir="auto" role="${role}">${markup}</div>`
    : html`<p id="interruptMessage" dir="auto" role="${role}">${markup}</p>`
  return html`<div class="notice">
${box}
</div>
`
}

function table({ data }: InterruptProps, desk: Desk): Markup {
  const entries = Object.entries(data)
  if (entries.length === 0) return html``
  const id = (name: string) => !/\s/.test(name) && name !== '' && !TAKEN.includes(name) && html` id="${name}"`
  return html`<table id="attributesTable">
<thead><tr><th scope="col">${desk.say('castellan.field')}</th><th scope="col">${desk.say('castellan.value')}</th></tr></thead>
<tbody>
${entries.map(
  ([name, values]) => html`<tr><td${id(name)}>${name}</td><td${id(`${name}-value`)}><code>[${values.join(', ')}]</code></td></tr>\n`,
)}</tbody>
</table>
`
}

/** Host, seconds, bar and a way to stay. A page that leads on at once has none of it. */
function countdown({ redirect, execution }: InterruptProps, desk: Desk): Markup {
  if (!redirect) return html``
  const { href, seconds } = redirect
  if (seconds <= 0) return html`<div id="autoRedirect" data-seconds="0" data-href="${href}" hidden></div>\n`
  const { locale } = desk.context
  const time = new Intl.NumberFormat(languageTag(locale), { style: 'unit', unit: 'second', unitDisplay: 'long', numberingSystem: 'latn' })
  const left = html`<bdi id="secondsLeft">${time.format(seconds)}</bdi>`
  return html`<div class="stack" id="autoRedirect" data-seconds="${seconds}" data-href="${href}">
<p aria-live="polite">${desk.say('screen.interrupt.autoredirect', left, html`<bdi>${hostOf(href) || desk.serverHost}</bdi>`)}</p>
<progress max="${seconds}" value="${seconds}" aria-label="${desk.text('castellan.interrupt.timeleft')}"></progress>
<form id="formstay" method="post" action="login">
${conversation(execution, 'stay')}<button id="stay" type="submit" class="quiet">${desk.say('castellan.interrupt.stay')}</button>
</form>
</div>
`
}

/** The form is there without links too: tools of CAS read the conversation from it. */
function links({ links: all, execution }: InterruptProps, desk: Desk): Markup {
  const ids = new Set(TAKEN)
  const idOf = (text: string): string => {
    const plain = text.toLowerCase().replace(/[^a-z0-9]/g, '')
    let id = plain
    for (let number = 2; id === '' || ids.has(id); number++) id = `${plain}-${number}`
    ids.add(id)
    return id
  }
  return html`<form id="formlinks" method="post" action="login">
${conversation(execution, 'redirect')}<input type="hidden" name="link" id="linkToRedirect" value="">
</form>
<div id="interruptLinks" class="links">${all.map(({ text, address }) => {
    const words = inLanguage(text, desk.context.locale)
    return html`
<button type="submit" form="formlinks" name="link" value="${address}" id="${idOf(words)}"><bdi>${words}</bdi> ${icons.out}</button>`
  })}</div>
`
}

function wayOn({ execution, acknowledge, unread }: InterruptProps, desk: Desk): Markup {
  const box = html`<div class="field">
<label class="check" for="acknowledge"><input type="checkbox" id="acknowledge" name="acknowledge" value="true"${acknowledge === 'required' && html` required`}${unread && html` aria-invalid="true" aria-describedby="acknowledgeProblem" autofocus`}> ${desk.say('castellan.interrupt.acknowledge')}</label>
${unread && html`<p class="problem" id="acknowledgeProblem">${icons.alertSmall} <span>${desk.say('castellan.interrupt.unread')}</span></p>\n`}</div>
`
  return html`<form id="fm1" name="fm1" method="post" action="login">
${conversation(execution, 'proceed')}${acknowledge !== 'no' && box}<button id="proceed" name="proceed" type="submit" accesskey="l" class="primary wide" data-wip="${desk.text('screen.welcome.button.loginwip')}">${desk.say('screen.interrupt.btn.proceed')}</button>
</form>
`
}

const wayOut = ({ signedOn }: InterruptProps, desk: Desk): Markup =>
  html`<p class="actions"><a id="cancel" name="cancel" class="button" href="${desk.at('/login')}">${desk.say(`screen.interrupt.btn.${signedOn ? 'proceed' : 'cancel'}`)}</a></p>\n`

import type { Clock } from '../../base/clock.ts'
import type { Services } from '../../services/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import { html, type Markup } from '../../views/index.ts'
import type { ManagementConfig } from '../config.ts'
import type { About } from '../endpoints/info.ts'
import type { ComponentHealth, Health } from '../health.ts'
import { visibleTo } from '../showing.ts'
import type { Desk, Screen } from './frame.ts'
import { mark } from './icons.ts'

export interface OverviewParts {
  readonly settings: ManagementConfig
  readonly services: Pick<Services, 'all' | 'problems'>
  readonly registry: Pick<TicketRegistry, 'counts'>
  readonly health: Health
  readonly about: About
  readonly unknownSettings: () => number
  readonly clock: Clock
}

const SOON_MS = 30 * 86_400_000
const KINDS: Readonly<Record<string, string>> = {
  TGT: 'Sessions',
  ST: 'Service tickets',
  PGT: 'Proxy-granting tickets',
  PT: 'Proxy tickets',
  AT: 'Access tokens',
  RT: 'Refresh tokens',
  OC: 'Authorization codes',
  ODT: 'Device codes',
}

/** What wants a person first, then numbers, then how the parts are. */
export async function overview(desk: Desk, parts: OverviewParts): Promise<Screen> {
  const { settings, about } = parts
  const sees = {
    services: desk.may({ endpoint: 'registeredServices' }),
    statistics: desk.may({ endpoint: 'statistics' }),
    health: desk.may({ endpoint: 'health' }),
    settings: desk.may({ endpoint: 'configurationMetadata' }),
  }
  const counts = sees.statistics ? await parts.registry.counts() : undefined
  const rules = settings.management.endpoint.health
  const isShown = visibleTo(rules.roles)(desk.call, rules.showComponents ?? rules.showDetails)
  const components = sees.health && isShown ? await parts.health.components() : undefined
  const state = sees.health ? await parts.health.status() : undefined
  const wants = attention(desk, parts, sees)
  const nothing = !Object.values(sees).some(Boolean) && !desk.may({ endpoint: 'ssoSessions' })
  return {
    title: 'Overview',
    body: html`<div class="head"><div><h1>Overview</h1><p>${about.serverName}, Castellan ${about.version}${state !== undefined && html`, state ${state}`}.</p></div></div>
${nothing && closed}${
  wants.length > 0 &&
  html`<section class="stack" aria-labelledby="attention"><h2 id="attention">Wants your attention</h2>
<ul class="todo">
${wants}</ul></section>
`
}${figures(parts, sees.services, counts)}
<div class="pair">
${components && healthTable(components)}${sees.health && !components && hiddenHealth}${counts && ticketTable(counts)}</div>`,
  }
}

function attention(
  { base }: Desk,
  { services, clock, unknownSettings }: OverviewParts,
  sees: { readonly services: boolean; readonly settings: boolean },
): readonly Markup[] {
  const row = (kind: 'bad' | 'late', word: string, text: string, link?: readonly [string, string]) =>
    html`<li>${mark(kind, word)}<div>${text}</div>${link && html`<a href="${base}${link[0]}">${link[1]}</a>`}</li>\n`
  const rows: Markup[] = []
  if (sees.services) {
    const refused = services.problems().filter(({ severity }) => severity === 'error').length
    const now = clock()
    const ended = services.all().filter(({ expiresAtMs }) => expiresAtMs <= now).length
    const ending = services.all().filter(({ expiresAtMs }) => expiresAtMs > now && expiresAtMs <= now + SOON_MS).length
    if (refused > 0)
      rows.push(
        row('bad', 'Refused', `${some(refused, 'mistake')} in service definitions.`, ['/services?state=refused', 'See what is wrong']),
      )
    if (ended > 0)
      rows.push(row('late', 'Expired', `${some(ended, 'service definition')} ended.`, ['/services?state=expired', 'Extend or remove']))
    if (ending > 0)
      rows.push(
        row('late', 'Soon', `${some(ending, 'service definition')} will end within 30 days.`, ['/services?state=ending', 'See which']),
      )
  }
  const unknown = sees.settings ? unknownSettings() : 0
  if (unknown > 0) rows.push(row('bad', 'Unknown', `${some(unknown, 'setting')} nobody knows; castellan check names them.`))
  return rows
}

function figures({ services }: OverviewParts, seesServices: boolean, counts: Readonly<Record<string, number>> | undefined): Markup {
  const all: (readonly [string, number])[] = [
    ...(counts ? ([['sessions now', counts['TGT'] ?? 0] as const, ['access tokens', counts['AT'] ?? 0] as const] as const) : []),
    ...(seesServices ? [['services', services.all().length] as const] : []),
  ]
  return all.length === 0
    ? html``
    : html`<dl class="figures">${all.map(([name, count]) => html`<div><dt>${name}</dt><dd>${count.toLocaleString('en')}</dd></div>`)}</dl>`
}

const healthTable = (
  components: Readonly<Record<string, ComponentHealth>>,
) => html`<section class="stack" aria-labelledby="health"><h2 id="health">Health</h2>
<div class="scroll" role="region" aria-label="Table: health" tabindex="0"><table class="narrow">
<thead><tr><th scope="col">Part</th><th scope="col">State</th></tr></thead>
<tbody>${Object.entries(components).map(
  ([name, { status }]) =>
    html`<tr><td>${name}</td><td>${mark(status === 'UP' ? 'ok' : status === 'DOWN' || status === 'OUT_OF_SERVICE' ? 'bad' : 'late', status)}</td></tr>\n`,
)}</tbody></table></div></section>
`

const hiddenHealth = html`<section class="stack" aria-labelledby="health"><h2 id="health">Health</h2>
<p class="soft">The state of each part is shown where <code>management.endpoint.health.show-components=when-authorized</code> says so.</p></section>
`

const ticketTable = (
  counts: Readonly<Record<string, number>>,
) => html`<section class="stack" aria-labelledby="tickets"><h2 id="tickets">Tickets</h2>
<div class="scroll" role="region" aria-label="Table: tickets" tabindex="0"><table class="narrow">
<thead><tr><th scope="col">Kind</th><th scope="col" class="num">Live</th></tr></thead>
<tbody>${Object.entries(KINDS).flatMap(([kind, name]) =>
  counts[kind] === undefined ? [] : [html`<tr><td>${name}, ${kind}</td><td class="num">${counts[kind].toLocaleString('en')}</td></tr>\n`],
)}</tbody></table></div></section>
`

/** Somebody who may do nothing needs to hear why. */
const closed = html`<div class="verdict"><p>No screen is open to you. Each is there for whom its endpoint is there, for example the services:</p>
<p><code>management.endpoint.registeredServices.access=unrestricted</code><br>
<code>management.endpoints.web.exposure.include=health,registeredServices,ssoSessions,statistics,entityHistory</code><br>
<code>cas.monitor.endpoints.endpoint.registeredServices.access=AUTHENTICATED</code></p></div>
`

const some = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

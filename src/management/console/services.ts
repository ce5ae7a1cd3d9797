import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import { type RegisteredService, type Services, serviceReference } from '../../services/index.ts'
import { html, type Markup } from '../../views/index.ts'
import type { Desk, Screen } from './frame.ts'
import { icons, mark, moment } from './icons.ts'
import { matchTable } from './match.ts'

export interface ServicesPageParts {
  readonly services: Pick<Services, 'all' | 'problems' | 'reload' | 'explain' | 'stateOf'>
  readonly clock: Clock
}

const PER_PAGE = 25
const LONGEST_QUERY = 2000
/** Definitions looked through before others have their turn. */
const AT_A_TIME = 2000
const SOON_MS = 30 * 86_400_000
const STATES = { all: 'All', live: 'Live', refused: 'Refused', expired: 'Expired', ending: 'Ends soon' } as const
type State = keyof typeof STATES

/** Every definition: found by name, file, pattern or id; or, for a whole address, which one takes it and why. */
export async function servicesPage(desk: Desk, parts: ServicesPageParts): Promise<Screen> {
  const { call, base, may } = desk
  const { services, clock } = parts
  const { query } = call.get('parameters')
  const words = (query.get('q') ?? '').trim().slice(0, LONGEST_QUERY)
  const state: State = Object.hasOwn(STATES, query.get('state') ?? '') ? (query.get('state') as State) : 'all'
  const page = Math.max(1, Number(/^\d{1,6}$/.exec(query.get('page') ?? '')?.[0] ?? 1))
  await services.reload()
  const address = /^https?:\/\//i.test(words) ? serviceReference(words) : undefined
  const matched = address && address !== 'unusable' ? await matchTable(desk, services, address) : undefined

  const visible = services.all().filter((service) => !service.flag('internalServiceDefinition', false))
  const mistakes = services.problems().filter(({ severity }) => severity === 'error')
  const now = clock()
  const isIn: Readonly<Record<Exclude<State, 'refused'>, (service: RegisteredService) => boolean>> = {
    all: () => true,
    live: (service) => services.stateOf(service) === 'active',
    expired: ({ expiresAtMs }) => expiresAtMs <= now,
    ending: ({ expiresAtMs }) => expiresAtMs > now && expiresAtMs <= now + SOON_MS,
  }
  const counts: Readonly<Record<State, number>> = {
    all: visible.length,
    live: visible.filter(isIn.live).length,
    refused: mistakes.length,
    expired: visible.filter(isIn.expired).length,
    ending: visible.filter(isIn.ending).length,
  }
  const found = state === 'refused' || matched ? [] : await search(visible.filter(isIn[state]), words)
  const shown = found.slice((page - 1) * PER_PAGE, page * PER_PAGE)
  const link = (more: Readonly<Record<string, string>>) =>
    `?${new URLSearchParams({ ...(words === '' ? {} : { q: words }), state, ...more })}`

  return {
    title: 'Services',
    body: html`<div class="head"><div><h1>Services</h1><p>${visible.length.toLocaleString('en')} definitions, read again when a file changes.</p></div>
${may({ endpoint: 'registeredServices', writes: true }) && html`<a class="button" href="${base}/services/new">New service</a>`}</div>
<form class="find" method="get" action="${base}/services" role="search">
<div class="field"><label for="q">Name, file, pattern, id, or a whole address</label>
<input id="q" name="q" type="search" value="${words}" placeholder="https://records.example.org/app" maxlength="${LONGEST_QUERY}"></div>
<button type="submit">${icons.search} Search</button></form>
${matched}${
  !matched &&
  html`<nav class="tabs" aria-label="State">
${Object.entries(STATES).map(
  ([name, word]) =>
    html`<a href="${link({ state: name })}"${name === state && html` aria-current="page"`}>${word} <small>${counts[name as State].toLocaleString('en')}</small></a>\n`,
)}</nav>
${state === 'refused' ? mistakesTable(mistakes) : table(desk, parts, shown)}
<nav class="row" aria-label="Pages">${page > 1 && html`<a href="${link({ page: String(page - 1) })}">Previous ${PER_PAGE}</a>`}${
    found.length > page * PER_PAGE && html`<a href="${link({ page: String(page + 1) })}">Next ${PER_PAGE}</a>`
  }</nav>`
}`,
  }
}

async function search(services: readonly RegisteredService[], words: string): Promise<readonly RegisteredService[]> {
  if (words === '') return services
  const wanted = words.toLowerCase()
  const found: RegisteredService[] = []
  for (const [at, service] of services.entries()) {
    if (at % AT_A_TIME === AT_A_TIME - 1) await setImmediate()
    const { id, name, file, serviceId, description = '', definition } = service
    const clientId = typeof definition['clientId'] === 'string' ? definition['clientId'] : ''
    if (id === words || [name, fileName(file), serviceId, description, clientId].some((text) => text.toLowerCase().includes(wanted)))
      found.push(service)
  }
  return found
}

function table({ base }: Desk, { services, clock }: ServicesPageParts, shown: readonly RegisteredService[]): Markup {
  if (shown.length === 0) return html`<p class="soft">There is none.</p>`
  return html`<div class="scroll" role="region" aria-label="Table: services" tabindex="0"><table role="table" class="cards">
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Service</th><th scope="col" role="columnheader">State</th><th scope="col" role="columnheader">Pattern</th><th scope="col" role="columnheader" class="num">Order</th></tr></thead>
<tbody role="rowgroup">
${shown.map(
  (service) =>
    html`<tr role="row"><td role="cell"><a href="${base}/services/${service.id}"><bdi>${service.name}</bdi></a><p>${fileName(service.file)}, id ${service.id}</p></td><td role="cell" data-th="State"><div>${stateMark(service, services, clock())}</div></td><td role="cell" data-th="Pattern"><div><code>${service.serviceId}</code></div></td><td role="cell" class="num" data-th="Order"><div>${service.evaluationOrder}</div></td></tr>\n`,
)}</tbody></table></div>`
}

const mistakesTable = (mistakes: ReturnType<Services['problems']>): Markup =>
  mistakes.length === 0
    ? html`<p class="soft">There is none.</p>`
    : html`<div class="scroll" role="region" aria-label="Table: mistakes" tabindex="0"><table class="narrow">
<thead><tr><th scope="col">File</th><th scope="col">What is wrong</th></tr></thead>
<tbody>${mistakes
        .slice(0, 500)
        .map(
          ({ file, line, message }) =>
            html`<tr><td><code>${fileName(file)}${line !== undefined && `:${line}`}</code></td><td>${message}</td></tr>\n`,
        )}</tbody></table></div>`

export const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** What stands in the way of a definition, in a word. */
export function stateMark(service: RegisteredService, services: Pick<Services, 'stateOf'>, nowMs: number): Markup {
  const state = services.stateOf(service)
  if (state === 'active') {
    const ends = service.expiresAtMs <= nowMs + SOON_MS
    return ends ? html`${mark('late', 'ends soon')}<p>${moment(service.expiresAtMs)}</p>` : mark('ok', 'live')
  }
  if (state === 'expired') return html`${mark('late', 'expired')}<p>Since ${moment(service.expiresAtMs)}.</p>`
  return state === 'unusable' ? mark('bad', 'unusable') : mark('soft', state.replaceAll('-', ' '))
}

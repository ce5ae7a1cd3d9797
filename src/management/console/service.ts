import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import { type PastVersion, type RegisteredService, type Services, serviceReference } from '../../services/index.ts'
import { html, type Markup } from '../../views/index.ts'
import { notFound } from '../endpoint.ts'
import type { Desk, Screen } from './frame.ts'
import { moment } from './icons.ts'
import { matchTable } from './match.ts'
import { fileName, stateMark } from './services.ts'

export interface ServicePageParts {
  readonly services: Pick<Services, 'byId' | 'explain' | 'stateOf' | 'pastVersions' | 'problems'>
  readonly clock: Clock
}

const LONGEST_ADDRESS = 2000
const MOST_VERSIONS = 50
const SECRET = /password|psw|secret|credential|token$|passphrase|authorization|api-?key|(?:signing|encryption|private)key/i
/** A private or secret key as JWK. */
const PRIVATE_JWK = /"(?:d|k)"\s*:/

/** @throws {HttpRefusal} 404 */
export function serviceOf({ call }: Desk, services: Pick<Services, 'byId'>): RegisteredService {
  const id = call.req.param('id') ?? ''
  const found = /^-?\d{1,19}$/.test(id) ? services.byId(id) : undefined
  if (!found || found.flag('internalServiceDefinition', false)) throw notFound()
  return found
}

/** One definition: what it says, which addresses it takes, what it was before. Secrets are not shown. */
export async function servicePage(desk: Desk, { services, clock }: ServicePageParts): Promise<Screen> {
  const { base, call, may } = desk
  const service = serviceOf(desk, services)
  const address = (call.get('parameters').query.get('url') ?? '').trim().slice(0, LONGEST_ADDRESS)
  const reference = address === '' ? undefined : serviceReference(address)
  const matched = reference && reference !== 'unusable' ? await matchTable(desk, services, reference) : undefined
  const mistakes = services.problems().filter(({ file }) => file === service.file)
  const past = may({ endpoint: 'entityHistory' }) ? await services.pastVersions(service.id) : []
  const writes = may({ endpoint: 'registeredServices', writes: true })
  return {
    title: service.name,
    body: html`<div class="head"><div><p><a href="${base}/services">Services</a></p><h1><bdi>${service.name}</bdi></h1><p><code>${fileName(service.file)}</code>, id ${service.id}</p></div>
<div>${stateMark(service, services, clock())}</div>${writes && html`<a class="button" href="${base}/services/${service.id}/edit">Edit</a>`}</div>
${
  mistakes.length > 0 &&
  html`<ul class="todo">${mistakes.map(({ message, line }) => html`<li><div>${line !== undefined && `Line ${line}: `}${message}</div></li>\n`)}</ul>`
}<section class="stack" aria-labelledby="try"><h2 id="try">Try an address</h2>
<form class="find" method="get" action="${base}/services/${service.id}"><div class="field"><label for="url">Address, as it stands in the service parameter</label>
<input id="url" name="url" type="url" value="${address}" maxlength="${LONGEST_ADDRESS}"></div><button type="submit">Explain</button></form>
${reference === 'unusable' && html`<p class="problem">This is no address of an application.</p>`}</section>
${matched}
<div class="pair"><section class="stack" aria-labelledby="says"><h2 id="says">Definition</h2>
<pre class="source" tabindex="0" role="region" aria-label="Text of the definition"><code>${JSON.stringify(masked(service.definition), undefined, 2)}</code></pre></section>
<section class="stack" aria-labelledby="what"><h2 id="what">In short</h2>${facts(service)}</section></div>
${past.length > 0 && history(desk, service, past, writes)}`,
  }
}

function facts(service: RegisteredService): Markup {
  const rows: readonly (readonly [string, string])[] = [
    ['class', service.className],
    ['pattern', service.serviceId],
    ['order', String(service.evaluationOrder)],
    ['single sign-on', service.ssoEnabled ? 'yes' : 'no, a login each time'],
    ['answer', service.responseType],
    ['logout', service.logoutType],
    ['expires', moment(service.expiresAtMs)],
    ...(service.description === undefined ? [] : [['description', service.description] as const]),
  ]
  return html`<dl class="facts settings">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

const history = (
  { base }: Desk,
  service: RegisteredService,
  past: readonly PastVersion[],
  writes: boolean,
) => html`<section class="stack" aria-labelledby="before"><h2 id="before">Earlier versions</h2>
<div class="scroll" role="region" aria-label="Table: earlier versions" tabindex="0"><table class="narrow">
<thead><tr><th scope="col">From</th><th scope="col">Until</th><th scope="col">Ended by</th><th scope="col"><span class="hush">Action</span></th></tr></thead>
<tbody>${[...past.entries()]
  .slice(-MOST_VERSIONS)
  .reverse()
  .map(
    ([at, { sinceMs, ended }]) =>
      html`<tr><td>${moment(sinceMs)}</td><td>${moment(ended.atMs)}</td><td><bdi>${ended.who}</bdi>, ${ended.source}</td><td>${writes && html`<a href="${base}/services/${service.id}/edit?version=${at}">Edit anew from this</a>`}</td></tr>\n`,
  )}</tbody></table></div></section>`

/** Every text below a name that stands for a secret is hidden. */
export function masked(value: Json, secret = false): Json {
  if (typeof value === 'string') return (secret && value !== '') || (value.includes('"kty"') && PRIVATE_JWK.test(value)) ? '******' : value
  if (Array.isArray(value)) return value.map((one) => masked(one, secret))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, masked(one as Json, name !== '@class' && (secret || SECRET.test(name)))]),
  )
}

import { definitionText, type PastVersion, type RegisteredService, type Saved, type Services } from '../../services/index.ts'
import { html, type Markup } from '../../views/index.ts'
import { versionOf } from '../definition-version.ts'
import type { Desk, Screen } from './frame.ts'
import { banner } from './icons.ts'
import { serviceOf } from './service.ts'

export interface EditParts {
  readonly services: Pick<Services, 'byId' | 'save' | 'remove' | 'pastVersions'>
}

/** A page to show, or where to go now that something has been done. */
export type Done = Screen | { readonly goTo: string }

const TEMPLATES: Readonly<Record<string, string>> = {
  cas: `{
  "@class": "org.apereo.cas.services.CasRegisteredService",
  "serviceId": "^https://app\\\\.example\\\\.org/.*",
  "name": "My application",
  "description": "",
  "evaluationOrder": 100
}
`,
  oauth: `{
  "@class": "org.apereo.cas.support.oauth.services.OAuthRegisteredService",
  "clientId": "my-client",
  "clientSecret": "",
  "serviceId": "^https://app\\\\.example\\\\.org/callback$",
  "name": "My client",
  "supportedGrantTypes": [ "java.util.HashSet", [ "authorization_code" ] ],
  "supportedResponseTypes": [ "java.util.HashSet", [ "code" ] ]
}
`,
}

/** A definition as text: members that the console knows nothing of are not lost. */
export async function editPage(desk: Desk, { services }: EditParts): Promise<Screen> {
  const service = serviceOf(desk, services)
  const version = /^\d{1,6}$/.exec(desk.call.get('parameters').query.get('version') ?? '')?.[0]
  const past =
    version === undefined || !desk.may({ endpoint: 'entityHistory' })
      ? undefined
      : (await services.pastVersions(service.id))[Number(version)]
  return form(desk, { service, text: past ? textOf(past, service) : definitionText(service), version: versionOf(service) })
}

const textOf = ({ definition }: PastVersion, { id, className }: RegisteredService) =>
  definitionText({ id, className, definition, stored: definition } as Parameters<typeof definitionText>[0])

export function newPage(desk: Desk): Screen {
  const type = desk.call.get('parameters').query.get('type') === 'oauth' ? 'oauth' : 'cas'
  return form(desk, { text: TEMPLATES[type] ?? '', version: '' })
}

/** Stores what was sent, if nobody has changed the definition since the page was shown. */
export async function saveDefinition(desk: Desk, { services }: EditParts): Promise<Done> {
  const { call, visit, base } = desk
  const service = call.req.param('id') === undefined ? undefined : serviceOf(desk, services)
  const { form: fields } = call.get('parameters')
  // Browsers send lines as mail does.
  const text = (fields.get('text') ?? '').replaceAll('\r\n', '\n')
  const version = fields.get('version') ?? ''
  const writing = { who: visit.operator.name, client: call.get('client'), format: 'json' as const }
  const again = (mistake: Markup, status: number) => form(desk, { service, text, version, mistake, status })

  const tried = await services.save(text, { ...writing, ...(service ? {} : { newId: true }), dryRun: true })
  if (tried.kind !== 'saved') return again(mistakeOf(tried), statusOf(tried))
  if (service && tried.id !== service.id) return again(html`<p>The id has to stay ${service.id}; a copy is made by "New service".</p>`, 422)
  const saved = await services.save(text, {
    ...writing,
    ...(service
      ? { onlyIf: (stored: RegisteredService | undefined) => stored !== undefined && versionOf(stored) === version }
      : { newId: true }),
  })
  return saved.kind === 'saved' ? { goTo: `${base}/services/${saved.id}` } : again(mistakeOf(saved), statusOf(saved))
}

export async function removeDefinition(desk: Desk, { services }: EditParts): Promise<Done> {
  const { call, visit, base } = desk
  const service = serviceOf(desk, services)
  const { form: fields } = call.get('parameters')
  const shown = { service, text: definitionText(service), version: versionOf(service) }
  if (fields.get('sure') !== 'yes')
    return form(desk, { ...shown, mistake: html`<p>Tick the box if the definition is to be deleted.</p>`, status: 422 })
  const removed = await services.remove(service.id, { who: visit.operator.name, client: call.get('client') })
  if (removed.kind === 'removed' || removed.kind === 'unknown') return { goTo: `${base}/services` }
  return form(desk, { ...shown, mistake: html`<p>${removed.reason}</p>`, status: 409 })
}

interface Form {
  readonly service?: RegisteredService | undefined
  readonly text: string
  /** What the definition was when the page was made. */
  readonly version: string
  readonly mistake?: Markup
  readonly status?: number
}

function form({ base, visit }: Desk, { service, text, version, mistake, status = 200 }: Form): Screen {
  const action = service ? `${base}/services/${service.id}` : `${base}/services`
  const csrf = html`<input type="hidden" name="csrf" value="${visit.csrf}">`
  return {
    title: service ? `Edit ${service.name}` : 'New service',
    status,
    body: html`<div class="head"><div><p><a href="${action}">${service ? html`<bdi>${service.name}</bdi>` : 'Services'}</a></p><h1>${service ? 'Edit' : 'New service'}</h1>
<p>${service ? 'The text of the definition, as JSON or Human JSON. It is checked before it is stored, and what it was is kept.' : html`It gets an id of its own. <a href="${base}/services/new?type=oauth">Begin with an OAuth client</a>`}</p></div></div>
${mistake && banner('danger', mistake)}
<form method="post" action="${action}/${service ? 'edit' : 'new'}">${csrf}<input type="hidden" name="version" value="${version}">
<div class="field"><label for="text">Definition</label>
<textarea id="text" name="text" rows="28" spellcheck="false" autocomplete="off" required${mistake && html` aria-invalid="true"`}>
${text}</textarea></div>
<div class="actions"><button class="primary" type="submit">Save</button><a class="button" href="${action}">Cancel</a></div></form>
${
  service &&
  html`<section class="stack" aria-labelledby="delete"><h2 id="delete">Delete</h2>
<form method="post" action="${action}/delete">${csrf}
<label class="check"><input type="checkbox" name="sure" value="yes"> <span>Nobody shall log in to <bdi>${service.name}</bdi> any more; its file is deleted.</span></label>
<button type="submit">Delete the definition</button></form></section>`
}`,
  }
}

type Unsaved = Exclude<Saved, { readonly kind: 'saved' }>

function mistakeOf(saved: Unsaved): Markup {
  switch (saved.kind) {
    case 'refused':
      return html`<ul>${saved.mistakes.map(({ pointer, message }) => html`<li>${pointer !== '' && html`<code>${pointer}</code> `}${message}</li>`)}</ul>`
    case 'outdated':
      return html`<p>Somebody has changed this definition since the page was opened. Copy your text, open the page again and put it in once more.</p>`
    default:
      return html`<p>${saved.reason}</p>`
  }
}

const STATUS: Readonly<Record<Unsaved['kind'], number>> = { unreadable: 422, refused: 422, outdated: 409, conflict: 409, failed: 500 }
const statusOf = ({ kind }: Unsaved) => STATUS[kind]

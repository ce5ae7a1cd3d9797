import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import { parseDuration } from '../../base/duration.ts'
import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import {
  ArchiveRefused,
  compactDefinition,
  definitionsArchive,
  definitionsOfArchive,
  definitionText,
  type Format,
  fileNameOf,
  type Imported,
  type RegisteredService,
  type Saved,
  type Services,
  serviceReference,
  type Writing,
} from '../../services/index.ts'
import { versionOf } from '../definition-version.ts'
import { type Endpoint, type EndpointRoute, json, notFound, operatorOf } from '../endpoint.ts'

export interface RegisteredServicesParts {
  readonly services: Pick<Services, 'all' | 'byId' | 'explain' | 'find' | 'save' | 'remove' | 'importAll' | 'problems' | 'reload'>
  readonly clock: Clock
}

/** Of an archive as it is sent; what it unpacks to has limits of its own. */
const MAX_ARCHIVE_BYTES = 20 * 1024 * 1024
const MAX_DEFINITION_BYTES = 1024 * 1024
const YAML = 'application/vnd.cas.services+yaml'
/** Definitions written before others have their turn: a few milliseconds. */
const AT_A_TIME = 100

/** The definitions of the registry: read, changed, imported and exported (configuration.md 14.6; services.md 6.3). */
export function registeredServicesEndpoint(parts: RegisteredServicesParts): Endpoint {
  const { services, clock } = parts

  const visible = () => services.all().filter((service) => !service.flag('internalServiceDefinition', false))

  /** Digits are an id, anything else an address that a definition takes, whether it may be used now or not. */
  const called = async (call: Call): Promise<RegisteredService> => {
    const asked = call.req.param('id') ?? ''
    if (/^-?\d{1,19}$/.test(asked)) return services.byId(asked) ?? refuse()
    const reference = serviceReference(asked)
    if (!reference || reference === 'unusable') return refuse()
    const finding = await services.find(reference, call.get('client'))
    return finding.service ?? refuse()
  }

  const get = async (call: Call): Promise<Response> => {
    const service = await called(call)
    const mark = versionOf(service)
    if (call.req.header('if-none-match') === mark) return new Response(null, { status: 304, headers: { ETag: mark } })
    return one(call, service)
  }

  const save = async (call: Call, writing: Partial<Writing>): Promise<Response> => {
    const saved = await services.save(await textOf(call), { ...writingOf(call), ...writing })
    return saved.kind === 'saved' ? one(call, saved.service) : refusedSave(call, saved)
  }

  const importOne = async (call: Call): Promise<Response> => {
    const saved = await services.save(await textOf(call), writingOf(call))
    return saved.kind === 'saved' ? one(call, saved.service, 201, { id: saved.id }) : refusedSave(call, saved)
  }

  const importArchive = async (call: Call): Promise<Response> => {
    const archive = Buffer.from(await call.req.arrayBuffer())
    if (archive.length === 0) return problem(call, 400, 'there is no archive')
    try {
      return importReport(call, await services.importAll(await definitionsOfArchive(archive), writingOf(call)))
    } catch (error) {
      if (error instanceof ArchiveRefused) return problem(call, 400, `the archive is not taken: ${error.message}`)
      throw error
    }
  }

  const exportAll = async (): Promise<Response> => {
    const stream = await definitionsArchive(visible(), clock())
    const name = `services-${new Date(clock()).toISOString().slice(0, 10)}.zip`
    const headers = { 'Content-Type': 'application/zip', 'Content-Disposition': `attachment; filename="${name}"`, Filename: 'services.zip' }
    return new Response(Readable.toWeb(stream as Readable) as ReadableStream, { headers })
  }

  const exportOne = async (call: Call): Promise<Response> => {
    const service = await called(call)
    const name = fileNameOf(service.name, service.id)
    const ascii = name.replace(/[^\x20-\x7e]|"/g, '_')
    const headers = { 'Content-Type': 'application/json', 'Content-Disposition': `attachment; filename="${ascii}"`, Filename: ascii }
    return new Response(definitionText(service), { headers })
  }

  const remove = async (call: Call): Promise<Response> => {
    const removed = await services.remove((await called(call)).id, writingOf(call))
    if (removed.kind === 'removed') return one(call, removed.service)
    if (removed.kind === 'unknown') return refuse()
    return problem(call, removed.kind === 'conflict' ? 409 : 500, removed.reason)
  }

  const problems = async (call: Call): Promise<Response> => {
    await services.reload()
    const within = call.get('parameters').get('expiringWithin') ?? 'P30D'
    const seconds = parseDuration(within)
    if (seconds === undefined) return problem(call, 400, 'expiringWithin must be a duration, e.g. P30D')
    const until = clock() + seconds * 1000
    const expiring = services.all().filter(({ expiresAtMs }) => expiresAtMs !== Number.POSITIVE_INFINITY && expiresAtMs <= until)
    return json({
      problems: services.problems().map((each) => ({ ...each }) as unknown as Json),
      expiring: expiring.map(({ id, name, serviceId, file, expiresAtMs }) => ({
        id,
        name,
        serviceId,
        file,
        expiresAt: new Date(expiresAtMs).toISOString(),
        expired: expiresAtMs <= clock(),
      })),
    })
  }

  const list = async (call: Call): Promise<Response> => {
    // As CAS: whoever asks sees what the store has now.
    await services.reload()
    const address = call.get('parameters').get('match')
    return address === undefined ? many(call, visible()) : explain(call, address)
  }

  /** Which definition takes an address, which others would have, and why (services.md 6.3). */
  const explain = async (call: Call, address: string): Promise<Response> => {
    const reference = serviceReference(address)
    if (!reference || reference === 'unusable') return problem(call, 400, 'match must be the address of an application')
    const { finding, candidates } = await services.explain(reference, call.get('client'))
    return json({
      match: reference.id,
      taken: finding.service?.id ?? null,
      allowed: finding.kind === 'found',
      ...(finding.kind === 'found' ? {} : { reason: finding.reason }),
      candidates: candidates.map(({ service, verdict, why }) => ({
        id: service.id,
        name: service.name,
        serviceId: service.serviceId,
        file: service.file,
        evaluationOrder: service.evaluationOrder,
        verdict,
        why,
      })),
    })
  }

  const ofType = async (call: Call): Promise<Response> => {
    const type = call.req.param('type')?.toLowerCase()
    return many(
      call,
      visible().filter(({ className }) => className.slice(className.lastIndexOf('.') + 1).toLowerCase() === type),
    )
  }

  const clear = async (): Promise<Response> => {
    await services.reload()
    return json({ deleted: services.all().length })
  }

  const CHANGE = [200, 400, 409, 412, 422, 500]
  const routes: EndpointRoute[] = [
    { method: 'GET', path: '', statuses: [200, 400], handle: list },
    { method: 'POST', path: '', statuses: CHANGE, maxBodyBytes: MAX_DEFINITION_BYTES, handle: (call) => save(call, { newId: true }) },
    {
      method: 'PUT',
      path: '',
      statuses: CHANGE,
      maxBodyBytes: MAX_DEFINITION_BYTES,
      handle: (call) => save(call, { onlyIf: condition(call) }),
    },
    { method: 'GET', path: '/problems', statuses: [200, 400], handle: problems },
    { method: 'GET', path: '/type/:type', statuses: [200], handle: ofType },
    {
      method: 'POST',
      path: '/import',
      statuses: [...CHANGE, 201],
      maxBodyBytes: MAX_ARCHIVE_BYTES,
      handle: (call) => (isArchive(call) ? importArchive(call) : importOne(call)),
    },
    { method: 'GET', path: '/export', statuses: [200], handle: exportAll },
    { method: 'GET', path: '/export/:id', statuses: [200], handle: exportOne },
    { method: 'DELETE', path: '/cache', statuses: [200], handle: clear },
    { method: 'GET', path: '/:id', statuses: [200, 304], handle: get },
    { method: 'DELETE', path: '/:id', statuses: [200, 409, 500], handle: remove },
  ]
  return { id: 'registeredServices', routes }
}

/** Where CAS 6 had import and export (configuration.md 14.3): endpoints of their own, with gates and rules of their own. */
export function oldImportAndExport(current: Endpoint): readonly Endpoint[] {
  const as = (id: string, of: string): Endpoint => ({
    id,
    routes: current.routes.filter(({ path }) => path === of).map((route) => ({ ...route, path: '' })),
  })
  return [as('importRegisteredServices', '/import'), as('exportRegisteredServices', '/export')]
}

const refuse = (): never => {
  throw notFound()
}

function writingOf(call: Call): Writing {
  const dryRun = call.get('parameters').get('dryRun')
  return {
    who: operatorOf(call)?.name ?? 'audit:unknown',
    client: call.get('client'),
    format: /yaml/i.test(call.req.header('content-type') ?? '') ? 'yaml' : 'json',
    ...(dryRun !== undefined && dryRun !== 'false' ? { dryRun: true } : {}),
  }
}

const isArchive = (call: Call) => /^application\/(octet-stream|zip|x-zip-compressed)\b/i.test(call.req.header('content-type') ?? '')

/** @throws {HttpRefusal} 400 for what is not UTF-8. */
async function textOf(call: Call): Promise<string> {
  const body = Buffer.from(await call.req.arrayBuffer())
  const text = body.toString('utf8')
  if (text.includes('\ufffd') && !Buffer.from(text).equals(body)) throw new HttpRefusal(400, 'not_utf8', 'the body is not UTF-8')
  return text
}

/** `If-Match` and `If-None-Match: *` (RFC 9110 section 13.1). */
function condition(call: Call): (stored: RegisteredService | undefined) => boolean {
  const match = call.req.header('if-match')
  const isNew = call.req.header('if-none-match')?.trim() === '*'
  return (stored) => {
    if (isNew && stored) return false
    if (match === undefined) return true
    if (!stored) return false
    return match.trim() === '*' || match.split(',').some((each) => each.trim() === versionOf(stored))
  }
}

const formatFor = (call: Call): Format => (/yaml/i.test(call.req.header('accept') ?? '') ? 'yaml' : 'json')

function one(call: Call, service: RegisteredService, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const format = formatFor(call)
  const body = format === 'yaml' ? definitionText(service, 'yaml') : compactDefinition(service)
  return new Response(body, { status, headers: { 'Content-Type': mediaType(format), ETag: versionOf(service), ...headers } })
}

const mediaType = (format: Format) => (format === 'yaml' ? YAML : 'application/json')

/** Jackson's form of a list of things of several classes, or a plain one for whoever asks for `profile=plain`; in YAML a document each. */
function many(call: Call, services: readonly RegisteredService[]): Response {
  const format = formatFor(call)
  const isPlain = /profile="?plain"?/.test(call.req.header('accept') ?? '')
  const [begin, between, end] = format === 'yaml' ? ['', '', ''] : isPlain ? ['[', ',', ']'] : ['["java.util.ArrayList",[', ',', ']]']
  async function* pieces() {
    let piece = begin
    for (const [at, service] of services.entries()) {
      piece += (at === 0 ? '' : between) + (format === 'yaml' ? definitionText(service, 'yaml') : compactDefinition(service))
      if (at % AT_A_TIME !== AT_A_TIME - 1) continue
      yield Buffer.from(piece)
      piece = ''
      await setImmediate()
    }
    yield Buffer.from(piece + end)
  }
  const body = Readable.toWeb(Readable.from(pieces(), { objectMode: false })) as ReadableStream
  return new Response(body, { headers: { 'Content-Type': mediaType(format) } })
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  409: 'Conflict',
  412: 'Precondition Failed',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
}

/** RFC 9457. */
function problem(call: Call, status: number, detail: string, more: Readonly<Record<string, Json>> = {}): Response {
  const body = { type: 'about:blank', title: TITLES[status] ?? '', status, detail, instance: call.req.path, ...more }
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } })
}

function refusedSave(call: Call, saved: Exclude<Saved, { readonly kind: 'saved' }>): Response {
  switch (saved.kind) {
    case 'unreadable':
      return problem(call, 400, saved.reason)
    case 'refused':
      return problem(call, 422, saved.mistakes.map(({ message }) => message).join('; '), {
        errors: saved.mistakes.map(({ pointer, message }) => ({ pointer, detail: message })),
      })
    case 'outdated':
      return problem(call, 412, 'the definition is not what the condition says')
    case 'conflict':
      return problem(call, 409, saved.reason)
    case 'failed':
      return problem(call, 500, saved.reason)
  }
}

function importReport(call: Call, imported: Imported): Response {
  if (imported.kind === 'failed') return problem(call, 500, imported.reason, { saved: 0, failed: [] })
  if (imported.kind === 'imported') return json({ saved: imported.saved, failed: [] })
  const failed = imported.failed.map(({ entry, error }) => ({ entry, error }))
  return problem(call, 422, 'nothing was imported', { saved: 0, failed })
}

import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import { isObject } from './definition-members.ts'
import { OAuthError } from './errors.ts'

/** The parameters of a request of a client, from query and body alike (oauth.md 7.1). A blank value counts as absent. */
export interface OAuthParameters {
  get(name: string): string | undefined
  /** Of those that may be repeated: `resource`, `audience`. */
  all(name: string): readonly string[]
  /** Whether it came in the query, where proxies and logs see it. */
  inQuery(name: string): boolean
}

const LONGEST_QUERY = 8192
/** May come more than once (RFC 8693, RFC 8707). */
const REPEATABLE = new Set(['resource', 'audience'])
const SECRET = [
  'client_secret',
  'password',
  'code',
  'refresh_token',
  'code_verifier',
  'client_assertion',
  'device_code',
  'subject_token',
  'actor_token',
  'token',
]

/**
 * Reads the parameters of a client's request.
 *
 * @throws {OAuthError} `invalid_request` for a parameter with two different values, and for a query that is too long.
 */
export async function readParameters(call: Call): Promise<OAuthParameters> {
  const { query, form } = call.get('parameters')
  const target = call.req.raw.url
  const mark = target.indexOf('?')
  if (mark >= 0 && target.length - mark > LONGEST_QUERY) throw new OAuthError('invalid_request', 'the query is too long', { status: 414 })
  const values = new Map<string, string[]>()
  const take = (value: string, name: string) => {
    if (value === '') return
    const known = values.get(name)
    if (!known) values.set(name, [value])
    else if (!known.includes(value)) known.push(value)
  }
  query.forEach(take)
  form.forEach(take)
  // A body is a form or something else.
  if (form.size === 0) for (const [name, value] of await jsonMembers(call)) take(value, name)
  for (const [name, given] of values) {
    if (given.length > 1 && !REPEATABLE.has(name)) {
      throw new OAuthError('invalid_request', 'a parameter is given twice with different values', { detail: name.slice(0, 100) })
    }
  }
  return {
    get: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? [],
    inQuery: (name) => query.has(name),
  }
}

/**
 * Whose password a request tries, wherever the name stands: what counts for the grant counts for the throttle. Without one, and for a request that cannot
 * be read, it is nobody's.
 */
export async function usernameIn(call: Call): Promise<string | undefined> {
  try {
    return (await readParameters(call)).get('username')
  } catch {
    return undefined
  }
}

/** Whether a secret of a client or a user stands in the query. */
export function hasSecretInQuery(parameters: OAuthParameters): boolean {
  return SECRET.some((name) => parameters.inQuery(name))
}

/** A body that says it is JSON counts only if it really is an object; anything else is no error (oauth.md 7.1). */
async function jsonMembers(call: Call): Promise<readonly (readonly [string, string])[]> {
  if (call.req.method !== 'POST' || !/^application\/json\b/i.test(call.req.header('content-type') ?? '')) return []
  const text = await call.req.text().catch(() => '')
  if (!text.trimStart().startsWith('{')) return []
  try {
    const value = JSON.parse(text) as Json
    if (!isObject(value)) return []
    return Object.entries(value).flatMap(([name, member]) =>
      member === null || typeof member === 'object' ? [] : [[name, String(member)] as const],
    )
  } catch {
    return []
  }
}

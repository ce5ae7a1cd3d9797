import type { Log } from '../base/log.ts'
import type { AuthenticationConfig } from './config.ts'
import type { PasswordEncoder } from './encoder.ts'
import { createEncoder } from './encoders/index.ts'
import type { Attempt, Handler, HandlerAnswer } from './handler.ts'
import type { PasswordQueue } from './password-queue.ts'
import { patternOf } from './pattern.ts'
import { transformation } from './transformation.ts'

/** What handlers are made of, besides their settings. */
export interface HandlerParts {
  readonly settings: AuthenticationConfig
  readonly clock: () => number
  readonly log: Log
  readonly queue: PasswordQueue
  readonly configurationDirectory: string
}

/** What is special about a handler: how it checks a password. */
export type Authenticate = (attempt: Attempt, encoder: PasswordEncoder) => Promise<HandlerAnswer>

type CommonSettings = Pick<
  AuthenticationConfig['cas']['authn']['accept'],
  'name' | 'order' | 'state' | 'credentialCriteria' | 'passwordEncoder' | 'principalTransformation'
>

/**
 * What all password handlers have in common (authentication.md 3): name, order, state, criteria, transformation and encoder from their settings.
 *
 * @param key Name of the block, e.g. `cas.authn.accept`.
 * @param defaultName What services call it when it has no name: CAS's class name.
 */
export async function frame(
  settings: CommonSettings,
  key: string,
  defaultName: string,
  parts: HandlerParts,
  authenticate: Authenticate,
  lookUp?: (username: string) => Promise<HandlerAnswer>,
): Promise<Handler> {
  const { queue, log, configurationDirectory } = parts
  const encoder = await createEncoder(settings.passwordEncoder, {
    key: `${key}.password-encoder`,
    queue,
    log,
    configurationDirectory,
    scriptTimeoutMs: parts.settings.castellan.scripts.timeout * 1000,
  })
  const { credentialCriteria } = settings
  const criteria = credentialCriteria === '' ? undefined : patternOf(credentialCriteria, `${key}.credential-criteria`, { match: 'find' })
  return {
    name: settings.name.trim() || defaultName,
    type: defaultName,
    order: settings.order,
    state: settings.state,
    transform: transformation(settings.principalTransformation, `${key}.principal-transformation`),
    supports: (username) => criteria?.matches(username) ?? true,
    authenticate: (attempt) => authenticate(attempt, encoder),
    ...(lookUp ? { lookUp } : {}),
  }
}

/**
 * Checks a password against the account of this name or, when there is none, against that of somebody else, so that an unknown name takes as long as
 * a wrong password, whatever encoder and cost the values have. The same unknown name always meets the same account: its time tells nothing.
 */
export async function checkPassword<A>(
  { username, password }: Attempt,
  accounts: ReadonlyMap<string, A>,
  names: readonly string[],
  storedOf: (account: A) => string,
  encoder: PasswordEncoder,
): Promise<{ readonly kind: 'right'; readonly account: A } | { readonly kind: 'wrong' } | { readonly kind: 'unknown' }> {
  const account = accounts.get(username)
  if (account !== undefined) return (await encoder.matches(password, storedOf(account))) ? { kind: 'right', account } : { kind: 'wrong' }
  const standIn = accounts.get(names[indexOf(username, names.length)] ?? '')
  if (standIn !== undefined) await encoder.matches(password, storedOf(standIn))
  return { kind: 'unknown' }
}

/** A number below `length` that depends on the text only (FNV-1a). */
function indexOf(text: string, length: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return length === 0 ? 0 : (hash >>> 0) % length
}

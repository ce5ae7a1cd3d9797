import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { AuthenticationConfig } from './config.ts'
import type { Handler } from './handler.ts'

/**
 * Says at start what must not go on in production (authentication.md 4.1, 4.4).
 *
 * @throws {StartRefusal} when `strict` and the well-known user is open to the world.
 */
export function warnAtStart(parts: {
  readonly settings: AuthenticationConfig
  readonly log: Log
  readonly serverName: string
  readonly handlers: readonly Handler[]
  readonly strict?: boolean
}): void {
  const { log, serverName, strict = false } = parts
  const { accept, reject } = parts.settings.cas.authn
  if (accept.enabled && accept.users.length > 0) {
    const wellKnown = accept.users.some((user) => user.trim() === 'casuser::Mellon')
    if (wellKnown && !isLocal(serverName)) {
      const problem = `still is the well-known casuser::Mellon, and this server is ${serverName}: set your own users, or leave it empty`
      if (strict) throw new StartRefusal(problem, { setting: 'cas.authn.accept.users' })
      log.error({ setting: 'cas.authn.accept.users' }, `cas.authn.accept.users ${problem}`)
    } else log.warn({ setting: 'cas.authn.accept.users', users: accept.users.length }, 'a static list of users is in use: for trials only')
  }
  if (reject.users.length > 0) {
    log.warn(
      { setting: 'cas.authn.reject.users' },
      'a list of refused users is in use: as in CAS, everybody else is accepted with any password',
    )
  }
  const names = parts.handlers.map(({ name }) => name)
  const twice = names.filter((name, index) => names.indexOf(name) < index)
  if (twice.length > 0) log.warn({ names: twice }, 'handlers share a name: services and policies cannot tell them apart')
  if (parts.handlers.length === 0) log.warn({}, 'no authentication handler is configured: nobody can log in')
}

function isLocal(serverName: string): boolean {
  try {
    return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(serverName).hostname)
  } catch {
    return false
  }
}

import { failed, type Handler } from '../handler.ts'
import { type Authenticate, checkPassword, frame, type HandlerParts } from '../handler-frame.ts'

/** `cas.authn.accept`: users that stand in the settings (authentication.md 4.1). `undefined` when there are none. */
export async function accept(parts: HandlerParts): Promise<Handler | undefined> {
  const settings = parts.settings.cas.authn.accept
  const users = staticUsers(settings.users)
  if (!settings.enabled || users.size === 0) return undefined
  const names = [...users.keys()]
  const check: Authenticate = async (attempt, encoder) => {
    const { kind } = await checkPassword(attempt, users, names, (stored) => stored, encoder)
    if (kind === 'unknown') return failed('AccountNotFoundException')
    return kind === 'right' ? { kind: 'success', id: attempt.username } : failed('FailedLoginException')
  }
  const handler = await frame(settings, 'cas.authn.accept', 'Static Credentials', parts, check, async (username) =>
    users.has(username) ? { kind: 'success', id: username } : failed('AccountNotFoundException'),
  )
  // The one handler that CAS does not name after its class.
  return { ...handler, type: 'AcceptUsersAuthenticationHandler' }
}

/** `name::password`; the first separator counts, so that a password may contain another. The name is trimmed as a typed one is. */
function staticUsers(list: readonly string[]): ReadonlyMap<string, string> {
  const users = new Map<string, string>()
  for (const entry of list) {
    const at = entry.indexOf('::')
    if (at > 0) users.set(entry.slice(0, at).trim(), entry.slice(at + 2))
  }
  return users
}

import { failed, type Handler, type HandlerAnswer } from '../handler.ts'
import { frame, type HandlerParts } from '../handler-frame.ts'

/**
 * `cas.authn.reject` (authentication.md 4.4). As in CAS it refuses who is listed and accepts everybody else with any password, so it exists only
 * when the list is set, and the engine warns at start.
 */
export async function reject(parts: HandlerParts): Promise<Handler | undefined> {
  const settings = parts.settings.cas.authn.reject
  if (settings.users.length === 0) return undefined
  const users = new Set(settings.users)
  const verdict = async (username: string): Promise<HandlerAnswer> =>
    users.has(username) ? failed('FailedLoginException') : { kind: 'success', id: username }
  return frame(
    { ...settings, ...parts.settings.castellan.authn.reject },
    'cas.authn.reject',
    'RejectUsersAuthenticationHandler',
    parts,
    async ({ username }) => verdict(username),
    verdict,
  )
}

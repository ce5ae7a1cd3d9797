import type { OAuthClient } from './client.ts'
import { OAuthError } from './errors.ts'

/** A scope token (RFC 6749 section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const MOST = 100

/** Scope under which tokens outlive the session (tickets.md 5.2). */
export const OFFLINE = 'offline_access'

/**
 * Splits a `scope` parameter.
 *
 * @throws {OAuthError} `invalid_scope` for characters that no scope has, or far too many.
 */
export function parseScopes(parameter: string | undefined): readonly string[] {
  const words = [...new Set((parameter ?? '').split(' ').filter((word) => word !== ''))]
  if (words.length > MOST || words.some((word) => !SCOPE.test(word))) throw new OAuthError('invalid_scope', 'Invalid or unauthorized scope')
  return words
}

/**
 * What a client gets of the scopes it asks for (oauth.md 4.4): those of its definition where it names any, else those of the global list where there is
 * one, else all.
 */
export function grantedScopes(
  requested: readonly string[],
  client: OAuthClient,
  globalList: readonly string[] | undefined,
): readonly string[] {
  const allowed = client.scopes.length > 0 ? client.scopes : globalList
  return allowed === undefined ? requested : requested.filter((scope) => allowed.includes(scope))
}

/**
 * The scopes of an access token that is bought with something that has scopes: all of them, or the subset that is asked for.
 *
 * @param globalList Words outside of it are left out before anything is compared.
 * @throws {OAuthError} `invalid_scope` for more than there is.
 */
export function narrowedScopes(
  parameter: string | undefined,
  granted: readonly string[],
  globalList: readonly string[] | undefined,
): readonly string[] {
  const asked = parseScopes(parameter)
  if (asked.length === 0) return granted
  const wanted = globalList ? asked.filter((scope) => globalList.includes(scope) || granted.includes(scope)) : asked
  if (wanted.some((scope) => !granted.includes(scope))) throw new OAuthError('invalid_scope', 'Invalid or unauthorized scope')
  return wanted.length === 0 ? granted : wanted
}

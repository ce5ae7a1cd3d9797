import type { OAuthClient } from './client.ts'
import { OAuthError } from './errors.ts'

const MOST = 20

/**
 * The resources that a token is asked for (RFC 8707): those that the definition names as `audience`, and no others: whoever a token is for believes it.
 *
 * @param granted What the code or refresh token was given for; empty: anything that the definition names.
 * @returns empty where nothing is asked for, and for a definition that names none: its tokens are for itself, whatever it says.
 * @throws {OAuthError} `invalid_target`
 */
export function askedResources(asked: readonly string[], { audience }: OAuthClient, granted: readonly string[] = []): readonly string[] {
  if (asked.length === 0 || audience.length === 0) return granted
  const allowed = granted.length > 0 ? granted : audience
  const isAllowed = (resource: string) => allowed.includes(resource) && URL.canParse(resource) && !resource.includes('#')
  if (asked.length > MOST || !asked.every(isAllowed)) throw new OAuthError('invalid_target', 'tokens for this resource are not allowed')
  return asked
}

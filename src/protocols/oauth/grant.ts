import type { Call } from '../../http/index.ts'
import type { OAuthClient } from './client.ts'
import type { AuthenticatedClient } from './client-authentication.ts'
import type { OAuthParameters } from './parameters.ts'
import type { Issue } from './tokens.ts'

/** What a grant is given: everything before it has been checked (token-endpoint.ts). */
export interface GrantRequest extends AuthenticatedClient {
  readonly parameters: OAuthParameters
  readonly call: Call
}

/** One grant type (oauth.md 8). */
export interface Grant {
  readonly type: string
  /** Whether a definition without `supportedGrantTypes` allows it: always, never, or not in the profile `rfc9700` (D3). */
  readonly whenNoneAreListed: 'yes' | 'no' | 'unless-strict'
  /** Where another member of the definition may allow it too; absent: `supportedGrantTypes` alone. */
  readonly allows?: (client: OAuthClient) => boolean
  /** Whether a client that has a secret may leave it out; a wrong one is refused all the same. */
  readonly mayOmitSecret?: (client: OAuthClient) => boolean
  /** @throws {OAuthError} `invalid_grant`, `invalid_scope`, … Nothing has been given or used up then. */
  authorize(request: GrantRequest): Promise<Issue>
}

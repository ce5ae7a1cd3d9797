import { Refusal, type RefusalOptions } from '../../base/errors.ts'

/** RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5, RFC 8707, RFC 8693, and the two names of CAS at /profile (oauth.md 10). */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  access_denied: 400,
  login_required: 400,
  consent_required: 400,
  interaction_required: 400,
  request_not_supported: 400,
  authorization_pending: 400,
  slow_down: 400,
  expired_token: 400,
  missing_accessToken: 401,
  expired_accessToken: 401,
  server_error: 500,
  temporarily_unavailable: 503,
} as const
export type OAuthErrorCode = keyof typeof STATUS

/** A client is told no, in the words of the protocol. The message is the `error_description`. */
export class OAuthError extends Refusal {
  readonly code: OAuthErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The client of the registry that the request was made in the name of, where that is all that is known of it; for the figures. */
  readonly client: string | undefined

  constructor(
    code: OAuthErrorCode,
    message: string,
    options: RefusalOptions & {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly client?: string | undefined
    } = {},
  ) {
    super(message, options)
    this.name = 'OAuthError'
    this.code = code
    this.status = options.status ?? STATUS[code]
    this.headers = options.headers ?? {}
    this.client = options.client
  }
}

/** Failed client authentication (oauth.md 3.5): one answer, whichever half was wrong. */
export function invalidClient(detail: string, client?: string): OAuthError {
  return new OAuthError('invalid_client', 'the client could not be authenticated', {
    detail,
    client,
    headers: { 'WWW-Authenticate': 'Basic realm="cas"' },
  })
}

/** Named sets of what is still allowed (oauth.md 19). */
export type SecurityProfile = 'cas-compat' | 'cas7' | 'rfc9700'

/** The rows of the table of oauth.md 19, one field each. */
export interface SecurityRules {
  readonly profile: SecurityProfile
  /** An empty set of grant or response types allows also those that are unsafe. */
  readonly emptyAllowsUnsafe: boolean
  /** D1: the password grant of a client that has a secret and does not send it. */
  readonly passwordWithoutSecret: boolean
  readonly devicePollWithoutSecret: boolean
  readonly tokenInQuery: boolean
  readonly secretsInQuery: boolean
  readonly getAtTokenEndpoint: boolean
  readonly pkceForEveryone: boolean
  readonly plainPkce: boolean
  readonly rotationForPublicClients: boolean
  readonly removeRelatedAccessTokens: boolean
  readonly refreshTokenForClientCredentials: boolean
  readonly introspectForeignTokens: boolean
  /** `bypass_approval_prompt=true` together with a handle that we gave out. */
  readonly bypassApprovalByParameter: boolean
}

const CAS7: SecurityRules = {
  profile: 'cas7',
  emptyAllowsUnsafe: true,
  passwordWithoutSecret: false,
  devicePollWithoutSecret: true,
  tokenInQuery: true,
  secretsInQuery: true,
  getAtTokenEndpoint: true,
  pkceForEveryone: false,
  plainPkce: true,
  rotationForPublicClients: false,
  removeRelatedAccessTokens: false,
  refreshTokenForClientCredentials: true,
  introspectForeignTokens: true,
  bypassApprovalByParameter: false,
}

export const SECURITY_RULES: Readonly<Record<SecurityProfile, SecurityRules>> = {
  'cas-compat': { ...CAS7, profile: 'cas-compat', passwordWithoutSecret: true, bypassApprovalByParameter: true },
  cas7: CAS7,
  rfc9700: {
    profile: 'rfc9700',
    emptyAllowsUnsafe: false,
    passwordWithoutSecret: false,
    devicePollWithoutSecret: false,
    tokenInQuery: false,
    secretsInQuery: false,
    getAtTokenEndpoint: false,
    pkceForEveryone: true,
    plainPkce: false,
    rotationForPublicClients: true,
    removeRelatedAccessTokens: true,
    refreshTokenForClientCredentials: false,
    introspectForeignTokens: false,
    bypassApprovalByParameter: false,
  },
}

/**
 * The OAuth server (RFC 6749 and what belongs to it, oauth.md): authorization requests of browsers, tokens for programs, profile, introspection, revocation,
 * devices. It owns clients as it reads them from definitions, and codes and tokens as tickets; it hands routes to the app. There is no server session: a
 * pending request lies sealed in the browser, everything else in the ticket registry. JWT tokens come in by the door `TokenFormat`.
 */

export type { OAuthClient } from './client.ts'
export { adviseOnClients, type ClientAdvice } from './client-advice.ts'
export { type OAuthConfig, oauthConfig } from './config.ts'
export { oauthTranslators } from './guard.ts'
export { type JwtConfig, jwtConfig } from './jwt/config.ts'
export { oauthTicketKinds } from './kinds.ts'
export type { ApprovalOffice, ApprovalOverview } from './lasting-approvals.ts'
export { CALLBACK_PATH as OAUTH_CALLBACK_PATH } from './login-hop.ts'
export { type OwnValue, ownValueOf } from './own-values.ts'
export { createOAuth, type OAuth, type OAuthParts } from './routes.ts'
export type { Rotation, RotationWish, SecretRotation } from './secret-rotation.ts'
export type { MintedToken, ResolvedToken, TokenFormat } from './token-format.ts'
export type { TokenOffice, TokenOverview } from './token-office.ts'

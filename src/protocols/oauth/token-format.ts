import type { Json } from '../../base/json.ts'
import type { Attributes } from '../../services/index.ts'
import type { OAuthClient } from './client.ts'

/** What a format may put into the text of a token (oauth.md 13.3, 13.5). */
export interface MintedToken {
  readonly kind: 'access_token' | 'refresh_token'
  /** Id of the ticket that exists in any case: `AT-…`, `RT-…`; the `jti`. */
  readonly ticketId: string
  readonly client: OAuthClient
  readonly issuer: string
  /** Principal id as the client knows it (`usernameAttributeProvider`). */
  subject(): Promise<string>
  readonly issuedAtMs: number
  /** The hard end; `Infinity` for none. */
  readonly expiresAtMs: number
  readonly scopes: readonly string[]
  readonly grantType: string
  /** The service of the token: the redirect URI, the header, or the client id. */
  readonly service: string
  /** Of the request; empty: the definition's, else the client id. */
  readonly audience: readonly string[]
  readonly nonce: string | undefined
  readonly state: string | undefined
  /** Who acts, for a delegated token (RFC 8693 section 4.1). */
  readonly act: Json | undefined
  /** Facts of the login and released attributes, exactly those that /profile shows. Asked only when they are wanted. */
  attributes(): Promise<Attributes>
  /** Of those the attributes that the definition releases. */
  released(): Promise<Attributes>
  /** Whether the request itself asked for a JWT (token exchange). */
  readonly asJwt: boolean
}

/** What the text of a token stands for. */
export type ResolvedToken =
  /** The id of a ticket; whether it exists, the registry says. Any text that is no token of another format is one. */
  | { readonly kind: 'ticket'; readonly id: string }
  /** It claims to be a token of ours and is not signed by us. */
  | { readonly kind: 'forged' }

/**
 * How tokens look that leave the server. The ticket in the registry exists whatever the format, so that every endpoint works with every token and idle limits
 * count (oauth.md 13.2).
 */
export interface TokenFormat {
  /** Whether a token can be a JWT when a request asks for one. */
  readonly makesJwt: boolean
  /** Public halves of asymmetric signing keys, as a JWK set has them (RFC 7517); empty where keys are texts. */
  readonly publicKeys: readonly Readonly<Record<string, unknown>>[]
  /** Algorithms of `sign`. */
  readonly statementAlgorithms: readonly string[]
  /** Signs something that is no token. @param alg `undefined`: what the key is for. @returns `undefined` where no key with a public half can do it. */
  sign(claims: object, wanted: { readonly typ: string; readonly alg: string | undefined }): Promise<string | undefined>
  /** The text that is handed to the client. */
  mint(token: MintedToken): Promise<string>
  /** Finds the ticket of a text that a client presents. Hostile input: any length, any characters. */
  resolve(text: string): Promise<ResolvedToken>
}

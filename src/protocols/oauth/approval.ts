import type { Json } from '../../base/json.ts'
import type { OAuthClient } from './client.ts'
import { isObject } from './definition-members.ts'

/** What a user allows a client, or has allowed it. */
export interface Approval {
  readonly client: OAuthClient
  readonly scopes: readonly string[]
  /** Names of what the client will be told of the user. */
  readonly attributes: readonly string[]
  /** Whether it may outlive the session: the settings want it, and nobody else can take the place of this client. */
  readonly mayLast: boolean
}

/** Where answers to the client may go, as the user was shown it: a definition that is changed here is another one. */
export function addressesOf({ service }: OAuthClient): string {
  return JSON.stringify([service.id, service.serviceId, service.definition['matchingStrategy'] ?? null])
}

interface StoredApproval {
  readonly scopes: readonly string[]
  readonly attributes: readonly string[]
  readonly addresses: string
}

/** @returns `undefined` for a body that is no approval. */
export function readApproval(body: Json): StoredApproval | undefined {
  if (!isObject(body) || typeof body['d'] !== 'string') return undefined
  return { scopes: textsIn(body['s']), attributes: textsIn(body['a']), addresses: body['d'] }
}

/** @param before What was allowed already: it stays allowed, as long as the definition leads to the same addresses. */
export function approvalBody({ client, scopes, attributes }: Approval, before: Json | undefined): Readonly<Record<string, Json>> {
  const addresses = addressesOf(client)
  const earlier = before === undefined ? undefined : readApproval(before)
  const kept = earlier?.addresses === addresses ? earlier : undefined
  return {
    s: [...new Set([...(kept?.scopes ?? []), ...scopes])],
    a: [...new Set([...(kept?.attributes ?? []), ...attributes])],
    d: addresses,
  }
}

export function coversApproval(body: Json, { client, scopes, attributes }: Approval): boolean {
  const stored = readApproval(body)
  return (
    stored !== undefined &&
    stored.addresses === addressesOf(client) &&
    scopes.every((scope) => stored.scopes.includes(scope)) &&
    attributes.every((name) => stored.attributes.includes(name))
  )
}

const textsIn = (value: Json | undefined) => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [])

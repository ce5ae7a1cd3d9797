import { createHash } from 'node:crypto'
import type { Authentication } from '../../src/authentication/index.ts'
import type { Attributes, RegisteredService } from '../../src/services/index.ts'
import { type SsoConfig, ssoConfig } from '../../src/sso/index.ts'
import { type Overrides, settingsOf } from '../http/http-parts.ts'

export const START = Date.UTC(2031, 2, 9, 7, 15, 42, 118)

/** A clock that stands until a test moves it. */
export function frozenClock(startMs = START) {
  let now = startMs
  return Object.assign(() => now, {
    advance(ms: number) {
      now += ms
    },
  })
}

export const key = (name: string): Buffer => createHash('sha256').update(name).digest()

export const ssoSettings = (overrides: Overrides = {}): SsoConfig => settingsOf(ssoConfig, overrides)

export function authenticationOf(id: string, more: Partial<Authentication> & { readonly of?: Attributes } = {}): Authentication {
  const { of: attributes = {}, ...rest } = more
  return {
    principal: { id, attributes },
    authenticatedAtMs: START,
    attributes: { authenticationMethod: ['Static Credentials'], credentialType: ['UsernamePasswordCredential'] },
    successes: ['Static Credentials'],
    failures: {},
    warnings: [],
    ...rest,
  }
}

/** A definition with nothing special about it. */
export function serviceOf(more: Partial<RegisteredService> = {}): RegisteredService {
  return {
    id: '1',
    protocol: 'cas',
    className: 'org.apereo.cas.services.CasRegisteredService',
    name: 'Application',
    serviceId: '^https://app\\.example\\.org/.*',
    description: undefined,
    informationUrl: undefined,
    privacyUrl: undefined,
    logo: undefined,
    theme: undefined,
    locale: undefined,
    evaluationOrder: 0,
    responseType: 'REDIRECT',
    redirectUrl: undefined,
    supportedProtocols: [],
    logoutType: 'BACK_CHANNEL',
    logoutUrls: [],
    ssoEnabled: true,
    unauthorizedRedirectUrl: undefined,
    expiresAtMs: Number.POSITIVE_INFINITY,
    authenticationPolicy: { requiredHandlers: [], excludedHandlers: [], criteria: undefined },
    singleSignOnParticipation: undefined,
    proxyPolicy: undefined,
    serviceTicket: {},
    proxyTicket: {},
    proxyGrantingTicket: {},
    ticketGrantingTicket: {},
    property: () => [],
    flag: (_, fallback) => fallback,
    definition: {},
    file: 'Application-1.json',
    ...more,
  }
}

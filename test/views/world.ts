import { tmpdir } from 'node:os'
import { silentLog } from '../../src/base/log.ts'
import type { Group, Node } from '../../src/base/schema.ts'
import type { ApplicationProps, InterruptProps, LoginProps, PageContext, SignedInProps } from '../../src/views/index.ts'
import { createViews, type ViewsConfig, viewsConfig } from '../../src/views/index.ts'

function defaultsOf(node: Node): unknown {
  if (node.kind === 'property') return node.fallback
  if (node.kind === 'list') return []
  if (node.kind === 'map') return {}
  return Object.fromEntries(Object.entries((node as Group).shape).map(([name, child]) => [name, defaultsOf(child)]))
}

type Deep<T> = { readonly [K in keyof T]?: T[K] extends readonly unknown[] | string | number | boolean | undefined ? T[K] : Deep<T[K]> }

function merged(base: unknown, over: unknown): unknown {
  if (typeof over !== 'object' || over === null || Array.isArray(over)) return over
  return {
    ...(base as object),
    ...Object.fromEntries(Object.entries(over).map(([k, v]) => [k, merged((base as Record<string, unknown>)[k], v)])),
  }
}

/** The defaults of the room's settings, some of them replaced. */
export const settingsOf = (over: Deep<ViewsConfig> = {}): ViewsConfig => merged(defaultsOf(viewsConfig), over) as ViewsConfig

export function openViews(over: Deep<ViewsConfig> = {}, configurationDirectory = tmpdir()) {
  return createViews({
    settings: settingsOf(over),
    contextPath: '/cas',
    serverHost: 'sso.example.org',
    configurationDirectory,
    log: silentLog,
    version: '1.2.3',
  })
}

export const context: PageContext = {
  locale: 'en',
  theme: 'cas-theme-default',
  nonce: 'n0nce',
  requestId: '01JDF7-9K3M',
  nowMs: Date.UTC(2026, 10, 24, 17, 21),
  here: '/cas/login?service=https%3A%2F%2Frecords.example.org%2F',
}

export const application: ApplicationProps = {
  name: 'Student Records',
  description: 'Grades, certificates and enrolment of Example University.',
  logo: undefined,
  informationUrl: 'https://www.example.org/about',
  privacyUrl: 'https://www.example.org/privacy',
  wildcard: false,
}

export const loginProps: LoginProps = {
  execution: '8f0c1f0e-5f1e-4a52-9d0a-2b6d6d5c1a77_ZXhhbXBsZQ',
  application,
  username: '',
  errors: [],
  invalidFields: [],
  existingSession: undefined,
  expiredNotice: false,
  insecure: false,
  staticUsers: false,
  rememberMe: false,
  warn: false,
  publicWorkstation: false,
  sources: [],
  customFields: [],
  carried: [],
}

export const interruptProps: InterruptProps = {
  execution: loginProps.execution,
  principalId: 'student1',
  application: undefined,
  message: undefined,
  links: [],
  data: {},
  blocked: false,
  signedOn: false,
  redirect: undefined,
  acknowledge: 'no',
  unread: false,
}

export const signedInProps: SignedInProps = {
  principalId: 'student1',
  principalAttributes: { displayName: ['First Student'], eduPersonAffiliation: ['member', 'staff'], mail: ['student1@example.org'] },
  authenticationAttributes: { authenticationDate: ['2026-11-24T08:42:07Z'], authenticationMethod: ['StaticUsers'], longTerm: [false] },
  authenticatedAtMs: Date.UTC(2026, 10, 24, 8, 42),
  endsAtMs: Date.UTC(2026, 10, 24, 16, 42),
  client: { address: '192.0.2.17', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
  applications: undefined,
}

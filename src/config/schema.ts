/**
 * Every setting of this server: the groups of all rooms as one tree. A room's `config.ts` becomes part of it by one line here.
 */
import { auditConfig } from '../audit/config.ts'
import { authenticationConfig } from '../authentication/config.ts'
import { passwordlessConfig } from '../authentication/passwordless/config.ts'
import type { Group, Infer } from '../base/schema.ts'
import { flowConfig } from '../flow/config.ts'
import { interruptConfig } from '../flow/steps/interrupt/config.ts'
import { httpConfig } from '../http/config.ts'
import { managementConfig } from '../management/config.ts'
import { multifactorConfig, simpleConfig } from '../mfa/config.ts'
import { notificationsConfig } from '../notifications/config.ts'
import { casProtocolConfig } from '../protocols/cas/config.ts'
import { oauthConfig } from '../protocols/oauth/config.ts'
import { jwtConfig } from '../protocols/oauth/jwt/config.ts'
import { restConfig } from '../protocols/rest/config.ts'
import { servicesConfig } from '../services/config.ts'
import { ssoConfig } from '../sso/config.ts'
import { ticketsConfig } from '../tickets/config.ts'
import { viewsConfig } from '../views/config.ts'
import { frameConfig } from './config.ts'
import { mergeGroups } from './merge.ts'

const rooms = [
  frameConfig,
  httpConfig,
  auditConfig,
  notificationsConfig,
  servicesConfig,
  ticketsConfig,
  authenticationConfig,
  passwordlessConfig,
  viewsConfig,
  ssoConfig,
  flowConfig,
  interruptConfig,
  multifactorConfig,
  simpleConfig,
  casProtocolConfig,
  restConfig,
  oauthConfig,
  jwtConfig,
  managementConfig,
] as const

const merged = mergeGroups(rooms)

export const schema: Group = merged.schema

/** Settings that two rooms declare differently; none. */
export const conflicts: readonly string[] = merged.conflicts

type Intersection<T> = (T extends unknown ? (each: T) => void : never) extends (all: infer A) => void ? A : never

/** The settings of all rooms; what a room needs is a part of it. */
export type Settings = Intersection<Infer<(typeof rooms)[number]>>

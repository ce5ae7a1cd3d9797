/**
 * Services: the registry of applications. It owns definitions (reading, watching, matching, writing back) and what follows from one: who may use the
 * application, which attributes it gets, under which name it knows the user. It hands `RegisteredService` values to the login, the protocols and
 * the management endpoints; nobody else reads a definition.
 */
export { mergeAttributes } from './attribute-merge.ts'
export type { ServicesConfig } from './config.ts'
export { createServices, type ServicesParts } from './create-services.ts'
export { type Converted, convertDefinitions } from './definitions/convert.ts'
export { compactDefinition, definitionText, type Format } from './definitions/definition-text.ts'
export { parseExpirationDate } from './definitions/expiration-date.ts'
export { DefinitionMistake } from './definitions/members.ts'
export { adviseOnPattern } from './definitions/pattern-advice.ts'
export { definitionsDirectory } from './definitions-directory.ts'
export type { ExpiredService } from './expiration/expiry.ts'
export type { Candidate, Verdict } from './matching/explanation.ts'
export type { Attributes, AttributeValue, Principal } from './principal.ts'
export type { PolicyDefinition, Protocol, RegisteredService, TicketLimits } from './registered-service.ts'
export { ArchiveRefused, definitionsArchive, definitionsOf as definitionsOfArchive } from './registry/archive.ts'
export type { PastVersion } from './registry/history.ts'
export { ServiceRegistryUnusable } from './registry/json/location.ts'
export { fileNameOf } from './registry/json/write-file.ts'
export { describedService } from './scripts/described.ts'
export { createScripts, type Script, type Scripts } from './scripts/scripts.ts'
export { type ServiceReference, sameService, serviceReference } from './service-reference.ts'

export type {
  AccessDecision,
  DefinitionMistakeAt,
  Finding,
  ImportEntry,
  Imported,
  MatchExplanation,
  Problem,
  Release,
  Removed,
  Saved,
  SealedRelease,
  ServiceRefusalReason,
  ServiceState,
  Services,
  Writing,
} from './services.ts'

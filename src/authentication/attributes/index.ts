import type { AttributeSource } from '../attribute-source.ts'
import type { HandlerParts } from '../handler-frame.ts'
import { json } from './json.ts'
import { ldap } from './ldap.ts'
import { type Memory, remembered } from './remembered.ts'
import { rest } from './rest.ts'
import type { SourceParts } from './source-parts.ts'
import { stub } from './stub.ts'

const UNITS_MS = {
  NANOSECONDS: 1e-6,
  MICROSECONDS: 1e-3,
  MILLISECONDS: 1,
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: 86_400_000,
}

/** All sources that the settings name and do not disable, in the order in which they are asked; those that stand by only where a definition names them. */
export function attributeSources({
  settings,
  ...parts
}: Pick<HandlerParts, 'settings' | 'clock'> & SourceParts): readonly AttributeSource[] {
  const { configurationDirectory } = parts
  const { attributeRepository } = settings.cas.authn
  const { expirationTime, expirationTimeUnit, maximumCacheSize } = attributeRepository.core
  const memory: Memory = {
    keptMs: expirationTime * UNITS_MS[expirationTimeUnit],
    staleMs: settings.castellan.attributes.staleIfError * 1000,
    mostUsers: maximumCacheSize,
    clock: parts.clock,
    log: parts.log,
  }
  const sources: (AttributeSource | undefined)[] = [
    stub(attributeRepository.stub),
    ...attributeRepository.json.map((each, index) => json(each, index, configurationDirectory)),
    ...[
      ...attributeRepository.rest.map((each, index) => rest(each, index, parts)),
      ...attributeRepository.ldap.map((each, index) => ldap(each, index, parts)),
    ].map((source) => source && remembered(source, memory)),
  ]
  return sources
    .filter((source) => source !== undefined)
    .filter(({ state }) => state !== 'DISABLED')
    .sort((one, other) => one.order - other.order)
}

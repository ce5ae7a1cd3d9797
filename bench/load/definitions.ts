import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryAudit } from '../../src/audit/index.ts'
import { silentLog } from '../../src/base/log.ts'
import { createServices, type Services } from '../../src/services/index.ts'
import { settingsWith } from '../../test/services/world.ts'
import { definition } from '../../test/support/castellan.ts'
import { manyServices } from './services.ts'

/** How the definitions of a directory are written. */
export const kinds = {
  /** One pattern and a list of attributes each. */
  plain: 'one file each, as `service-ticket` has them',
  /** With everything that a definition of a grown registry has. */
  detailed: 'one file each, with rules, contacts, properties and an end',
  /** Of some 700 definitions each. */
  'large files': 'strict JSON of a megabyte each',
  'large Human JSON': 'with comments and without quotes, a megabyte each',
  'large YAML': 'a megabyte each',
  /** Eight thousand properties each. */
  'large definitions': 'one definition of 700 KB in each file',
} as const
export type Kind = keyof typeof kinds

const detailed = (id: number, text: string) =>
  definition(id, `^https://app${id}\\.example\\.org/.*`, {
    evaluationOrder: id,
    description: `The application number ${id} of the organisation, ${text}`,
    logo: `https://static.example.org/logos/${id}.png`,
    attributeReleasePolicy: {
      '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
      allowedAttributes: ['java.util.ArrayList', ['cn', 'mail']],
    },
    accessStrategy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
      requiredAttributes: { '@class': 'java.util.HashMap', memberOf: ['java.util.HashSet', [`staff-${id}`]] },
    },
    contacts: [
      'java.util.ArrayList',
      [{ '@class': 'org.apereo.cas.services.DefaultRegisteredServiceContact', name: `Owner ${id}`, email: `owner${id}@example.org` }],
    ],
    expirationPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
      expirationDate: '2099-01-01',
      notifyWhenExpired: true,
    },
    properties: {
      '@class': 'java.util.HashMap',
      skipInterrupt: {
        '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty',
        values: ['java.util.HashSet', ['true']],
      },
    },
  })

const human = (value: unknown) =>
  JSON.stringify(value, null, 1)
    .replace(/"(\w+)":/g, '$1:')
    .replace(/,\n/g, ', // note\n')

/** A file of nearly a megabyte, of as many definitions as fit. */
function large(file: number, text: string, write: (value: unknown) => string): string {
  let count = 1000
  for (;;) {
    const written = write(Array.from({ length: count }, (_, at) => detailed(file * 1000 + at + 1, text)))
    if (written.length < 1_000_000) return written
    count = Math.floor((count * 990_000) / written.length)
  }
}

const property = (at: number) => [`property${at}`, { values: ['java.util.HashSet', [`value ${at}`]] }]
const properties = Object.fromEntries(Array.from({ length: 8000 }, (_, at) => property(at)))

/** @param text Goes into each definition, so that all of them change. @returns the bytes that were written. */
export function writeDefinitions(directory: string, kind: Kind, text: string): number {
  mkdirSync(directory, { recursive: true })
  let bytes = 0
  const write = (name: string, content: string) => {
    bytes += content.length
    writeFileSync(join(directory, name), content)
  }
  const pretty = (value: unknown) => JSON.stringify(value, null, 2)
  if (kind === 'plain')
    for (const [name, content] of Object.entries(manyServices(10_000))) write(name, pretty({ ...content, description: text }))
  if (kind === 'detailed') for (let id = 1; id <= 10_000; id++) write(`Application-${id}.json`, pretty(detailed(id, text)))
  for (let file = 0; file < 10; file++) {
    if (kind === 'large files') write(`All-${file}.json`, large(file, text, pretty))
    if (kind === 'large Human JSON') write(`All-${file}.json`, large(file, text, human))
    if (kind === 'large YAML') write(`All-${file}.yml`, large(file, text, pretty))
    if (kind === 'large definitions') write(`One-${file + 1}.json`, pretty({ ...detailed(file + 1, text), properties }))
  }
  return bytes
}

/** The room alone, over a directory. */
export const openServices = (directory: string): Promise<Services> =>
  createServices({
    settings: settingsWith({
      'json.location': directory,
      'yaml.location': directory,
      'json.watcherEnabled': false,
      'yaml.watcherEnabled': false,
      'schedule.enabled': false,
    }),
    clock: Date.now,
    log: silentLog,
    audit: memoryAudit(),
    profiles: [],
    configurationDirectory: directory,
    defaultAttributesToRelease: [],
    hostName: 'bench',
  })

export const emptyDirectory = (): string => mkdtempSync(join(tmpdir(), 'castellan-bench-definitions-'))

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { jsonSchema } from '../../src/config/json-schema.ts'
import { schema } from '../../src/config/schema.ts'
import { properties } from '../../src/config/schema-walk.ts'
import { projectDirectory } from '../support/castellan.ts'

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(jsonSchema(schema))
const mistakesIn = (yaml: string) => {
  validate(parse(yaml))
  return [...new Set((validate.errors ?? []).map(({ instancePath }) => instancePath))]
}

test('the JSON Schema takes YAML files as deployments have them', () => {
  const samples = globSync(join(projectDirectory, 'test/golden/deployments/*/*.yml'))
  assert.ok(samples.length > 0)
  for (const file of samples) assert.deepEqual(mistakesIn(readFileSync(file, 'utf8')), [], file)
})

test('the JSON Schema takes every default, in both spellings', () => {
  for (const { name, property } of properties(schema)) {
    if (name.includes('*')) continue
    const value = property.fallbackText ?? property.fallback ?? ''
    const camel = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    for (const spelled of [name, camel]) {
      const tree = spelled
        .split('.')
        .reverse()
        .reduce<unknown>((inner, part) => ({ [part]: inner }), value)
      assert.ok(validate(tree), `${spelled}: ${JSON.stringify(value)}`)
    }
  }
})

test('the JSON Schema takes values as people write them, placeholders and encrypted ones among them', () => {
  assert.deepEqual(
    mistakesIn(`
cas:
  server: { name: '\${BASE}' }
  tgc: { secure: 'YES', crypto: { encryption: { key: [a, b] }, signing: { key: '{cas-cipher}abc' } } }
  ticket:
    st: { number-of-uses: '1', timeToKillInSeconds: PT10S }
    tgt: { primary: { max-time-to-live-in-seconds: -1, time-to-kill-in-seconds: 7200 } }
  interrupt: { core: { trigger-mode: after-sso } }
  authn: { oauth: { code: { numberOfUses: '\${USES:1}' } }, attribute-repository: { stub: { attributes: { uid: [a, b] } } } }
server: { port: 8443, max-http-request-header-size: 500KB }
my.helper: x
`),
    [],
  )
})

test('the JSON Schema refuses what the server refuses, in any spelling', () => {
  assert.deepEqual(
    mistakesIn(`
cas:
  tgc: { secure: perhaps }
  ticket: { st: { number-of-uses: many, timeToKillInSeconds: soon } }
  serviceRegistry: { json: { watcherEnabled: 3 } }
  interrupt: { core: { trigger-mode: SOMETIMES } }
server: { port: [1, 2] }
`).sort(),
    [
      '/cas/interrupt/core/trigger-mode',
      '/cas/serviceRegistry/json/watcherEnabled',
      '/cas/tgc/secure',
      '/cas/ticket/st/number-of-uses',
      '/cas/ticket/st/timeToKillInSeconds',
      '/server/port',
    ],
  )
})

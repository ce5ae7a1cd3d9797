import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parseRelaxedJson } from '../../src/base/relaxed-json.ts'
import { DEFINITION_CLASSES, definitionsJsonSchema, type Fields, KNOWN_PROPERTIES, ROLES } from '../../src/services/reference.ts'
import { projectDirectory } from '../support/castellan.ts'
import { openWorld } from './world.ts'

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(definitionsJsonSchema())

/** The definitions of the golden files, of the guides and of the examples: text and where it is from. */
const samples = [
  ...globSync(join(projectDirectory, 'test/golden/services/*.golden')).map((file) => [
    file,
    readFileSync(file, 'utf8').split(/^-{5,}\n/m)[0] ?? '',
  ]),
  ...globSync(join(projectDirectory, 'docs/**/*.md')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^```h?json\n([\s\S]*?)^```/gm)].map(([, text = '']) => [file, text]),
  ),
  ...globSync(join(projectDirectory, 'examples/**/services/*.json')).map((file) => [file, readFileSync(file, 'utf8')]),
].flatMap(([file = '', text = '']) => {
  const parsed = parseRelaxedJson(text)
  return parsed.kind === 'broken' || !/"?serviceId"?\s*:/.test(text) || !text.includes('@class')
    ? []
    : [{ file, text, value: parsed.value }]
})

test('the JSON Schema takes every sample that loads, and refuses those that do not for their classes', async () => {
  assert.ok(samples.length >= 15, `only ${samples.length} samples`)
  let taken = 0
  for (const { file, text, value } of samples) {
    await using world = await openWorld({ files: { 'Sample-1.json': text } })
    const loads = world.services.all().length > 0
    assert.equal(validate(value), loads, `${file}: ${JSON.stringify(validate.errors?.slice(0, 3))}`)
    if (loads) taken++
  }
  assert.ok(taken >= 12, `only ${taken} load`)
})

const SMALL = { '@class': 'org.apereo.cas.services.CasRegisteredService', serviceId: '^https://a/.*', name: 'A', id: 1 }

const MISTAKES: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['no class', { '@class': undefined }],
  ['an unknown class', { '@class': 'org.apereo.cas.services.OtherRegisteredService' }],
  ['a blank name', { name: ' ' }],
  ['no serviceId', { serviceId: undefined }],
  ['a list as name', { name: ['a', 'b', 'c'] }],
  ['an order that is a word', { evaluationOrder: 'first' }],
  [
    'a flag that is a word',
    { accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: 'yes' } },
  ],
  ['a choice that is none', { logoutType: 'SIDE_CHANNEL' }],
  ['a policy without a class', { attributeReleasePolicy: {} }],
  ['a policy of another role', { attributeReleasePolicy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy' } }],
  ['a policy that is a text', { accessStrategy: 'open' }],
  ['a list of lists', { environments: [['a'], ['b'], ['c']] }],
  [
    'a nested mistake',
    {
      attributeReleasePolicy: {
        '@class': 'org.apereo.cas.services.ChainingAttributeReleasePolicy',
        policies: [{ '@class': 'org.apereo.cas.services.NoPolicy' }],
      },
    },
  ],
]
for (const [what, change] of MISTAKES) {
  test(`neither the JSON Schema nor the registry takes ${what}`, async () => {
    const definition = JSON.parse(JSON.stringify({ ...SMALL, ...change }))
    assert.equal(validate(SMALL), true)
    assert.equal(validate(definition), false)
    await using world = await openWorld({ files: { 'A-1.json': JSON.stringify(definition) } })
    assert.deepEqual(world.services.all(), [])
  })
}

test('the JSON Schema takes numbers and flags as texts, choices in any case and classes of Java or none', () => {
  const definition = {
    ...SMALL,
    id: '7',
    evaluationOrder: ['java.lang.Integer', 3],
    logoutType: 'none',
    environments: ['java.util.HashSet', ['dev']],
    contacts: ['java.util.ArrayList', [{ name: 'A' }]],
    properties: { '@class': 'java.util.HashMap', skipInterrupt: { '@class': '', values: ['java.util.HashSet', ['true']] } },
    accessStrategy: {
      '@class': 'org.jasig.cas.services.DefaultRegisteredServiceAccessStrategy',
      enabled: 'TRUE',
      requiredAttributes: { cn: 'a', sn: ['java.util.HashSet', ['b']] },
    },
  }
  assert.equal(validate(definition), true, JSON.stringify(validate.errors))
})

const sources = globSync('src/**/*.ts', { cwd: projectDirectory }).filter((name) => !name.includes('src/services/definitions/fields/'))
const code = sources.map((name) => readFileSync(join(projectDirectory, name), 'utf8')).join('\n')

/** Read by its name, or as a member of what was read. */
const isRead = (name: string) => new RegExp(`['"\`.]${name}\\b|[{,] ?${name}[,}]`).test(code)

test('what the reference says to have an effect is read somewhere', () => {
  const claims = Object.values(DEFINITION_CLASSES).flatMap(({ className, fields = {} }) => claimsOf(className, fields, new Set()))
  assert.ok(claims.length > 150, `only ${claims.length}`)
  assert.deepEqual([...new Set(claims.filter(([, name]) => !isRead(name)).map((claim) => claim.join(': ')))], [])
  const properties = Object.entries(KNOWN_PROPERTIES).filter(([, { noEffect }]) => noEffect === undefined)
  assert.deepEqual(
    properties.map(([name]) => name).filter((name) => !isRead(name)),
    [],
  )
})

/** Members that have an effect, through all classes that are built. */
function claimsOf(className: string, fields: Fields, seen: Set<string>): readonly (readonly [className: string, member: string])[] {
  return Object.entries(fields).flatMap(([name, { noEffect, role }]) => {
    if (noEffect !== undefined) return []
    const own: readonly [string, string] = [className, name]
    if (role === undefined || seen.has(role)) return [own]
    seen.add(role)
    const built = Object.values(ROLES[role]?.classes ?? {}).filter(({ unbuilt }) => unbuilt === undefined)
    return [own, ...built.flatMap((policy) => claimsOf(policy.className, policy.fields, seen))]
  })
}

test('no member of a definition that the reference calls without effect is read', () => {
  const fields = Object.entries(DEFINITION_CLASSES['org.apereo.cas.support.oauth.services.OAuthRegisteredService']?.fields ?? {})
  const dead = fields.filter(([, { noEffect }]) => noEffect !== undefined).map(([name]) => name)
  assert.ok(dead.length > 5)
  assert.deepEqual(
    dead.filter((name) => new RegExp(`efinition\\['${name}'\\]|efinition, '${name}'`).test(code)),
    [],
    'take `noEffect` from what is built by now (src/services/definitions/fields)',
  )
})

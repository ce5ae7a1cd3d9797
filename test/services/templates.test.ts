import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { definition, openWorld } from './world.ts'

const CLASS = 'org.apereo.cas.services.'
const property = (...values: string[]) => ({ '@class': `${CLASS}DefaultRegisteredServiceProperty`, values: ['java.util.HashSet', values] })
const cas = (more: object) => ({ '@class': `${CLASS}CasRegisteredService`, ...more })

/** Templates in a directory of their own, and a registry that uses them. */
async function open(
  context: TestContext,
  templates: Readonly<Record<string, object | string>>,
  files: Readonly<Record<string, object | string>>,
) {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-templates-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  const lend = (name: string, content: object | string) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  for (const [name, content] of Object.entries(templates)) lend(name, content)
  const world = await openWorld({ files, settings: { 'templates.directory.location': `file:${directory}` } })
  context.after(() => world[Symbol.asyncDispose]())
  return { world, lend }
}

test('a definition takes from its templates what it does not say itself', async (context) => {
  const { world } = await open(
    context,
    {
      'T1.json': cas({ id: 99, description: 'one', evaluationOrder: 7, theme: 'blue', properties: { a: property('t'), b: property('t') } }),
      'deep/T2.json': `{ // in Human JSON\n "@class": "${CLASS}CasRegisteredService", "description": "two", "serviceId": "^https://lent/.*" }`,
      'Other.json': { '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService', locale: 'de' },
    },
    {
      'App-1.json': definition(1, 'App', '^https://app/.*', { templateName: 'T1', theme: 'red', properties: { b: property('own') } }),
      'Two-2.json': cas({ name: 'Two', id: 2, templateName: 'T1, T2,Nothing,Other,../T1' }),
    },
  )
  const [one, two] = [world.services.byId('1'), world.services.byId('2')]
  assert.deepEqual([one?.description, one?.evaluationOrder, one?.theme], ['one', 7, 'red'])
  assert.deepEqual([one?.property('a'), one?.property('b')], [['t'], ['own']])
  assert.deepEqual([two?.id, two?.description, two?.serviceId, two?.locale], ['2', 'one', '^https://lent/.*', undefined])
  assert.equal(await world.ask('https://lent/x'), 'found Two')
  const warnings = world.messages('warn').join('\n')
  for (const what of ['no template "Nothing"', 'no template "../T1"', '"Other" is for definitions of another class'])
    assert.ok(warnings.includes(what), what)
})

test('placeholders are filled with the properties of the definition', async (context) => {
  const { world } = await open(
    context,
    {
      'T.json': cas({
        serviceId: `^https://\${Host}\\.example\\.org/.*`,
        description: `\${Unknown}`,
        environments: ['java.util.HashSet', [`\${Stages}`]],
        attributeReleasePolicy: {
          '@class': `${CLASS}ReturnAllowedAttributeReleasePolicy`,
          allowedAttributes: ['java.util.ArrayList', ['cn', `\${Attributes}`]],
        },
      }),
    },
    {
      'App-1.json': cas({
        name: 'App',
        id: 1,
        templateName: 'T',
        properties: { host: property('shop'), Attributes: property('mail', 'sn'), Stages: property('prod') },
      }),
    },
  )
  assert.equal(await world.ask('https://shop.example.org/x'), 'found App')
  const service = world.services.byId('1')
  assert.equal(service?.description, `\${Unknown}`)
  assert.deepEqual(service?.definition['environments'], ['prod'])
  const { attributes } = await world.release('https://shop.example.org/x', { cn: ['a'], mail: ['b'], sn: ['c'], other: ['d'] })
  assert.deepEqual(Object.keys(attributes).sort(), ['cn', 'mail', 'sn'])
  assert.match(world.messages('warn').join('\n'), /property "Unknown", which the definition has not/)
})

test('what a template adds is never written; a template that changes changes its definitions, a broken one does not', async (context) => {
  const given = definition(1, 'App', '^https://app/.*', { templateName: 'T' })
  const { world, lend } = await open(context, { 'T.json': cas({ description: 'one' }) }, { 'App-1.json': given })
  await world.services.save(JSON.stringify({ ...given, theme: 'red' }))
  assert.equal(world.services.byId('1')?.description, 'one')
  assert.deepEqual(JSON.parse(readFileSync(join(world.directory, 'App-1.json'), 'utf8')), { ...given, theme: 'red' })

  lend('T.json', cas({ description: 'another' }))
  await world.services.reload()
  assert.equal(world.services.byId('1')?.description, 'another')
  lend('T.json', '{ "@class": ')
  await world.services.reload()
  assert.equal(world.services.byId('1')?.description, 'another')
  assert.match(world.messages('error').join('\n'), /T\.json: the template cannot be used: \d+:\d+: /)
  assert.deepEqual(
    (await world.services.pastVersions('1')).map(({ definition }) => definition['theme']),
    [undefined],
  )
})

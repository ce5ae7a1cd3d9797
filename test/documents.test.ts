import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from './support/browser-client.ts'
import { projectDirectory, runCastellan, startCastellan } from './support/castellan.ts'

/** What stands in the documents is true: links lead somewhere, examples work. */
const documents = ['README.md', 'CHANGELOG.md', ...globSync('{docs,bench,examples}/**/*.md', { cwd: projectDirectory })]
const read = (name: string) => readFileSync(join(projectDirectory, name), 'utf8')

interface Block {
  readonly language: string
  readonly text: string
}

const blocksOf = (document: string): readonly Block[] =>
  [...read(document).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({ language, text }))

test('links of the documents lead to files that exist', () => {
  assert.ok(documents.length > 4)
  const broken = documents.flatMap((name) =>
    [...read(name).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(projectDirectory, dirname(name), target)))
      .map((target) => `${name}: ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('files of the source that the path of a request names exist', () => {
  const text = read('docs/guide/request.md')
  const named = [
    ...text.matchAll(/`((?:src\/|http\/|flow\/|protocols\/|authentication\/|services\/|views\/|sso\/)[\w/-]*(?:\.ts|\/))`/g),
  ].map(([, path = '']) => path)
  assert.ok(named.length > 10)
  const missing = named.filter((path) => !existsSync(join(projectDirectory, path.startsWith('src/') ? path : `src/${path}`)))
  assert.deepEqual(missing, [])
})

test('no document names a place on somebody’s machine', () => {
  const wrong = documents.filter((name) => /\/(work|home\/\w+)\//.test(read(name)))
  assert.deepEqual(wrong, [])
})

test('the definition in the README is served as it stands there', async () => {
  const definitions = blocksOf('README.md').filter(({ language }) => language === 'json')
  assert.equal(definitions.length, 1)
  await using cas = await startCastellan({ services: { 'Intranet-1001.json': definitions[0]?.text ?? '' } })
  const browser = new BrowserClient()
  assert.equal((await browser.get(loginUrl(cas.url, { service: 'https://intranet.example.org/secured/' }))).status, 200)
  assert.equal((await browser.get(loginUrl(cas.url, { service: 'https://other.example.org/' }))).status, 403)
})

test('the settings in the documents are settings: castellan check knows each of them', async () => {
  const blocks = documents.flatMap((name) => blocksOf(name).filter(({ language }) => language === 'properties'))
  assert.ok(blocks.length > 1)
  const settings = blocks.flatMap(({ text }) => text.split('\n')).filter((line) => /^[a-z]/.test(line))
  const words = settings.map((line) => `-D${line}`)
  const { output } = await runCastellan(['check', '--config-dir', join(projectDirectory, 'examples/demo'), ...words])
  assert.doesNotMatch(output, /unknown setting|known to CAS, no effect/)
})

test('the configuration of the demo is without a fault', async () => {
  const { code, output } = await runCastellan(['check', '--strict', '--config-dir', join(projectDirectory, 'examples/demo')])
  assert.equal(code, 0, output)
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, projectDirectory, runCastellan, writeConfiguration } from '../support/castellan.ts'

/** The examples of the documents about interrupts do what stands beside them. */
const block = (document: string, language: string): string => {
  const text = readFileSync(join(projectDirectory, document), 'utf8')
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1] ?? assert.fail(`${document} has no ${language}`)
}
const guide = 'docs/guide/interrupt.md'

interface Answer {
  readonly outcome: string
  readonly payload?: { readonly message: unknown; readonly block: boolean; readonly links: Readonly<Record<string, string>> }
}

async function ask(properties: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>) {
  const directory = await writeConfiguration({
    properties,
    files,
    services: { 'Mail-1.json': definition(1, '^https://mail\\.example\\.org/.*') },
  })
  return async (...words: readonly string[]): Promise<Answer> => {
    const { output } = await runCastellan(['interrupt', 'test', ...words, '--json', '--config-dir', directory])
    return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('\n}') + 2)) as Answer
  }
}

test('the file of the guide interrupts one user and blocks another', async () => {
  const of = await ask({ 'cas.interrupt.json.location': 'file:{dir}/interrupt.json' }, { 'interrupt.json': block(guide, 'json') })
  assert.deepEqual((await of('user1')).payload?.links, { 'Read the notice': 'https://news.example.org/42' })
  assert.equal((await of('user2')).payload?.block, true)
  assert.equal((await of('user3')).outcome, 'no interrupt')
})

test('the script of the guide runs', async () => {
  const of = await ask({ 'cas.interrupt.groovy.location': 'file:{dir}/interrupt.mjs' }, { 'interrupt.mjs': block(guide, 'js') })
  const hit = await of('user1', '--attribute', 'memberOf=contractors', '--service', 'https://mail.example.org/a?b&c')
  assert.equal(hit.payload?.message, 'Rules for https://mail.example.org/a?b&amp;c')
  assert.equal((await of('user1')).outcome, 'no interrupt')
})

test('the announcements of the guide reach their audience', async () => {
  const board = block(guide, 'yaml').replace('10.0.0.0/8', '127.0.0.0/8')
  const of = await ask({ 'castellan.interrupt.announcements.location': 'file:{dir}/board.yml' }, { 'board.yml': board })
  const words = ['--attribute', 'affiliation=staff', '--service', 'https://mail.example.org/']
  assert.equal((await of('user2', ...words)).outcome, 'interrupt')
  assert.equal((await of('user1', ...words)).outcome, 'no interrupt')
  assert.equal((await of('user2', '--attribute', 'affiliation=staff')).outcome, 'no interrupt')
})

test('the plug-in of the guide is loaded', async () => {
  const plugin = block('docs/extending/interrupt-source.md', 'js')
  const of = await ask({ 'castellan.interrupt.plugins': 'file:{dir}/board-source.mjs' }, { 'board-source.mjs': plugin })
  assert.match(String((await of('user1', '--attribute', 'affiliation=guest')).payload?.message), /^Guests of/)
  assert.equal((await of('user1')).outcome, 'no interrupt')
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { projectDirectory } from '../support/castellan.ts'

test('the provider in docs/extending is right in its types', () => {
  const page = readFileSync(join(projectDirectory, 'docs/extending/sms-provider.md'), 'utf8')
  const [, source = ''] = /^```ts\n(import[\s\S]*?)^```$/m.exec(page) ?? []
  assert.match(source, /export const gateway = plug\(/)
  const stem = join(tmpdir(), `castellan-gateway-${process.pid}`)
  const from = (path: string) => `from '${join(projectDirectory, 'src/notifications/sms', path)}'`
  writeFileSync(
    `${stem}.mts`,
    source.replace(/from '([^']+)'/g, (_all, path: string) => from(path)),
  )
  const { compilerOptions } = JSON.parse(readFileSync(join(projectDirectory, 'tsconfig.json'), 'utf8')) as { compilerOptions: object }
  const options = {
    ...compilerOptions,
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    typeRoots: [join(projectDirectory, 'node_modules/@types')],
  }
  writeFileSync(`${stem}.json`, JSON.stringify({ compilerOptions: options, files: [`${stem}.mts`] }))
  try {
    execFileSync(join(projectDirectory, 'node_modules/.bin/tsc'), ['-p', `${stem}.json`], { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    assert.fail((error as { stdout?: string }).stdout ?? String(error))
  } finally {
    for (const ending of ['mts', 'json']) rmSync(`${stem}.${ending}`)
  }
})

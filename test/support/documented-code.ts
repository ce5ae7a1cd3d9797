import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { projectDirectory } from './castellan.ts'

/**
 * Fails unless the first block of TypeScript with an import in a page would be right in its types as a file of that folder.
 *
 * @param page Below `docs/`. @param folder Below `src/`; its imports start there. @param mark What the block has to have, so that it is the one that is meant.
 */
export function assertTypesOfDocumentedCode(page: string, folder: string, mark: RegExp): void {
  const text = readFileSync(join(projectDirectory, 'docs', page), 'utf8')
  const [, source = ''] = /^```ts\n(import[\s\S]*?)^```$/m.exec(text) ?? []
  assert.match(source, mark)
  const stem = join(tmpdir(), `castellan-documented-${process.pid}-${page.replace(/\W+/g, '-')}`)
  const placed = (path: string) => normalize(join(projectDirectory, 'src', folder, path))
  writeFileSync(
    `${stem}.mts`,
    source.replace(/from '([^']+)'/g, (_all, path: string) => `from '${placed(path)}'`),
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
}

import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { replaceFile } from '../../src/base/replace-file.ts'
import { migrateConfigurationFiles } from '../../src/config/index.ts'

/**
 * `config migrate --in-place` and `users passwd` put a plain file in the place of a link: the file it led to, which others read or a repository tracks, stayed
 * as it was.
 */
test('a file that a link leads to is rewritten where it lies, and the link stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-links-'))
  try {
    for (const name of ['shared', 'etc']) mkdirSync(join(folder, name))
    const [shared, link] = [join(folder, 'shared/cas.properties'), join(folder, 'etc/cas.properties')]
    writeFileSync(shared, 'cas.serviceRegistry.initFromJson=true\n')
    symlinkSync('../shared/cas.properties', link)
    for (const migration of await migrateConfigurationFiles([link])) await migration.write()
    assert.ok(lstatSync(link).isSymbolicLink())
    assert.equal(readFileSync(shared, 'utf8'), 'cas.service-registry.core.init-from-json=true\n')

    // Files of the server's own are never written through a link that somebody has put there.
    await replaceFile(link, 'own')
    assert.ok(lstatSync(link).isFile())
    assert.match(readFileSync(shared, 'utf8'), /^cas\./)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

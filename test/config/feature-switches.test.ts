import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfiguration } from '../../src/config/index.ts'
import { featureNames } from '../../src/management/index.ts'

test('a switch of a feature that is not here is named with the reason, one that is here is a setting', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-features-'))
  try {
    writeFileSync(
      join(folder, 'cas.properties'),
      'CasFeatureModule.OpenIDConnect.enabled=true\nCasFeatureModule.CAS.enabled=false\nCasFeatureModule.RestProtocol.enabled=true\n',
    )
    const { problems, settings } = await loadConfiguration({ argv: ['--config-dir', folder], env: {}, cwd: folder })
    assert.deepEqual(
      problems.map(({ kind, message }) => [kind, message]),
      [
        [
          'no-effect',
          `CasFeatureModule.OpenIDConnect.enabled (${folder}/cas.properties:1) is known to CAS, no effect here – feature OpenIDConnect: not part of this server yet`,
        ],
      ],
    )
    const names = featureNames(settings)
    assert.ok(names.includes('CasFeatureModule.RestProtocol'))
    assert.ok(!names.includes('CasFeatureModule.CAS.core'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

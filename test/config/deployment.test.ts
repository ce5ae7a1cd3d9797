import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { loadConfiguration } from '../../src/config/index.ts'
import { projectDirectory } from '../support/castellan.ts'
import { within } from './fixture.ts'

/** One configuration as an existing deployment has it, as properties in mixed spellings with old names, and as YAML with quoted values. */
const files = globSync(join(projectDirectory, 'test/golden/deployments/*/*')).sort()
const env = { TGC_ENC: 'e'.repeat(86), TGC_SIGN: 's'.repeat(86) }
const argv = ['-Dcas.standalone.configuration-security.psw=s3cret-Pass']

test('there are configurations of deployments', () => {
  assert.equal(files.length, 2)
})

for (const file of files) {
  const name = basename(dirname(file))
  test(`the configuration ${name} of an existing deployment loads with exactly the remarks it deserves`, async () => {
    await within({ files: { [basename(file)]: readFileSync(file) }, argv }, async (directory, options) => {
      const { settings, problems, refused, secrets, keys } = await loadConfiguration({ ...options, env })
      assert.equal(refused, false)
      assert.equal(settings.cas.server.prefix, 'https://sso.example.org:8443/cas')
      assert.equal(settings.server.port, 8080)
      assert.equal(settings.server.ssl.enabled, false)
      assert.equal(settings.cas.tgc.secure, true)
      assert.deepEqual(settings.cas.tgc.crypto.encryption.key, [env.TGC_ENC])
      assert.deepEqual(settings.cas.tgc.crypto.signing.key, [env.TGC_SIGN])
      assert.deepEqual(settings.cas.authn.accept.users, [])
      assert.equal(settings.cas.serviceRegistry.json.location, 'file:/etc/cas/services')
      assert.equal(settings.cas.serviceRegistry.schedule.repeatInterval, 120)
      assert.equal(settings.cas.smsProvider.twilio.token, 'changeit-value')
      assert.deepEqual(settings.cas.authn.attributeRepository.stub.attributes['mail'], ['user1@example.org', 'user1.alias@example.org'])
      assert.deepEqual(settings.cas.authn.attributeRepository.core.defaultAttributesToRelease, ['mail'])
      assert.equal(settings.cas.authn.oauth.refreshToken.timeToKillInSeconds, 14 * 86_400)
      assert.equal(settings.cas.authn.throttle.failure.threshold, 100)
      assert.equal(settings.cas.authn.throttle.failure.rangeSeconds, 60)
      assert.ok(secrets.includes(env.TGC_ENC) && secrets.includes('changeit-value'))

      const remarks = problems.map(({ severity, kind, key }) => [severity, kind, key ?? ''].join(' ').trim()).sort()
      const isProperties = file.endsWith('.properties')
      assert.deepEqual(remarks, [
        ...(isProperties ? ['error unknown cas.authn.oauth.code.number-of-use'] : []),
        'info unused',
        'warn no-effect cas.authn.spnego.ntlm-allowed',
        'warn renamed cas.authn.attributeRepository.defaultAttributesToRelease',
        'warn renamed cas.serviceRegistry.initFromJson',
      ])
      assert.match(problems.find(({ kind }) => kind === 'unused')?.message ?? '', /server\.tomcat\.threads\.max/)

      // Nothing is passed over in silence: every key has its class, and a reason where it has no effect.
      const classes = keys().filter(({ origin }) => origin.file?.startsWith(directory))
      assert.ok(classes.length > 25)
      const plain = (kind: string) => classes.filter((one) => one.class === kind).map(({ key }) => key)
      assert.deepEqual(plain('foreign'), ['context.path'])
      assert.deepEqual(plain('unknown'), isProperties ? ['cas.authn.oauth.code.number-of-use'] : [])
      assert.deepEqual(plain('no-effect'), ['cas.authn.spnego.ntlm-allowed'])
    })
  })
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfiguration } from '../../src/config/index.ts'
import { within } from './fixture.ts'

/** A file as an existing deployment has it: camelCase, kebab-case, placeholders, old names. */
const FILE = `# /etc/cas/config/cas.properties
cas.server.name=https://sso.example.org:8443
context.path=/cas
cas.server.prefix=\${cas.server.name}\${context.path}
logging.config=file:/etc/cas/config/log4j2.xml
server.ssl.enabled=false
server.port=8080
cas.tgc.secure=true
cas.tgc.crypto.encryption.key=\${#environmentVars['TGC_ENC']}
cas.tgc.crypto.signing.key=\${TGC_SIGN}
cas.authn.accept.users=
cas.authn.json.location=file:/etc/cas/config/users.json
cas.serviceRegistry.json.location=file:/etc/cas/services
cas.serviceRegistry.initFromJson=false
cas.service-registry.schedule.repeat-interval=PT2M
cas.serviceRegistry.sms.text=The service %s is expired and removed from CAS.
cas.smsProvider.twilio.accountId=AC0000
cas.smsProvider.twilio.token=\${TWILIO_TOKEN:secret}
cas.authn.attributeRepository.stub.attributes.mail=user1@example.org,user1.alias@example.org
cas.authn.attributeRepository.defaultAttributesToRelease=mail
cas.authn.oauth.refreshToken.timeToKillInSeconds=P14D
cas.authn.oauth.accessToken.maxTimeToLiveInSeconds=28800
cas.authn.throttle.failure.threshold=100
cas.authn.throttle.failure.rangeSeconds=60
management.endpoints.web.exposure.include=health,info,registeredServices,ssoSessions,auditLog
management.endpoint.registeredServices.enabled=true
management.endpoint.ssoSessions.access=unrestricted
cas.monitor.endpoints.endpoint.defaults.access=AUTHENTICATED
cas.monitor.endpoints.endpoint.health.access=IP_ADDRESS
cas.monitor.endpoints.endpoint.health.requiredIpAddresses[0]=127\\\\.0\\\\.0\\\\.1
spring.security.user.name=ops
spring.security.user.password=\${OPS_PASSWORD:changeme}
server.tomcat.threads.max=200
cas.authn.spnego.ntlm-allowed=true
cas.authn.oauth.code.number-of-use=5
`

test('the configuration of an existing deployment loads, and nothing of it is passed over in silence', async () => {
  const env = { TGC_ENC: 'e'.repeat(86), TGC_SIGN: 's'.repeat(86) }
  await within({ files: { 'cas.properties': FILE } }, async (_directory, options) => {
    const { settings, problems, refused, secrets, explain } = await loadConfiguration({ ...options, env })
    assert.equal(refused, false)
    assert.equal(settings.cas.server.prefix, 'https://sso.example.org:8443/cas')
    assert.equal(settings.server.port, 8080)
    assert.deepEqual(settings.cas.tgc.crypto.encryption.key, [env.TGC_ENC])
    assert.deepEqual(settings.cas.tgc.crypto.signing.key, [env.TGC_SIGN])
    assert.deepEqual(settings.cas.authn.accept.users, [])
    assert.equal(settings.cas.serviceRegistry.json.location, 'file:/etc/cas/services')
    assert.deepEqual(settings.cas.authn.attributeRepository.stub.attributes['mail'], ['user1@example.org', 'user1.alias@example.org'])
    assert.equal(settings.cas.authn.throttle.failure.threshold, 100)
    assert.equal(settings.cas.authn.throttle.failure.rangeSeconds, 60)
    assert.ok(secrets.includes(env.TGC_ENC))

    // Every line of the file either counts, or is named in a problem.
    const named = new Set(problems.map(({ key }) => key))
    const inOneLine = problems.find(({ kind }) => kind === 'unused')?.message.toLowerCase() ?? ''
    const silent = FILE.split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.slice(0, line.indexOf('=')))
      .filter((key) => key !== 'context.path' && !explain(key) && !named.has(key))
      .filter((key) => !inOneLine.includes(key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)))
    assert.deepEqual(silent, [])
    assert.match(inOneLine, /server\.tomcat\.threads\.max/)
    const line = (key: string) => problems.find((problem) => problem.key === key)?.message ?? ''
    assert.match(
      line('cas.authn.spnego.ntlm-allowed'),
      /is known to CAS, no effect here – SPNEGO \(Kerberos\): not part of this server yet$/,
    )
    assert.match(line('cas.authn.oauth.code.number-of-use'), /^unknown setting /)
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error').map(({ key }) => key),
      ['cas.authn.oauth.code.number-of-use'],
    )
  })
})

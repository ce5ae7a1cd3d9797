import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCatalogue } from '../../src/config/catalogue.ts'
import { writtenDefault } from '../../src/config/explain.ts'
import { properties, schema } from '../../src/config/index.ts'
import { parseKey } from '../../src/config/names.ts'

/** The settings that CAS does not have, as the specification lists them: name, type or words, default as one writes it. */
const OWN: readonly (readonly [name: string, type: string, fallback: string])[] = [
  ['castellan.attributes.stale-if-error', 'duration', '0'],
  ['castellan.clearpass.padding', 'PKCS1|OAEP', 'PKCS1'],
  ['castellan.events.webhook.url', 'url', ''],
  ['castellan.audit.text-format', 'cas7|cas6', 'cas7'],
  ['castellan.config.print-generated-keys', 'flag', 'false'],
  ['castellan.config.strict', 'flag', 'false'],
  ['castellan.cookies.same-site-default', 'None|Lax|Strict|Off', 'None'],
  ['castellan.environments', 'texts', ''],
  ['castellan.interrupt.allowed-link-schemes', 'texts', 'https,http,mailto'],
  ['castellan.interrupt.announcements.location', 'resource', ''],
  ['castellan.interrupt.blocked-status', '200|403', '200'],
  ['castellan.interrupt.enforce-block-on-api', 'flag', 'false'],
  ['castellan.interrupt.message-format', 'SAFE_HTML|TEXT|MARKDOWN|RAW_HTML', 'SAFE_HTML'],
  ['castellan.interrupt.preview-enabled', 'flag', 'false'],
  ['castellan.interrupt.rest.connect-timeout', 'duration', 'PT2S'],
  ['castellan.interrupt.rest.read-timeout', 'duration', 'PT5S'],
  ['castellan.interrupt.rest.cache-ttl', 'int', '0'],
  ['castellan.interrupt.rest.failure-mode', 'OPEN|CLOSED', 'OPEN'],
  ['castellan.interrupt.rest.max-response-size', 'int', '65536'],
  ['castellan.interrupt.rest.send-extended-parameters', 'flag', 'true'],
  ['castellan.interrupt.rest.success-codes', 'texts', '200'],
  ['castellan.interrupt.script.timeout', 'duration', 'PT2S'],
  ['castellan.interrupt.shadow', 'flag', 'false'],
  ['castellan.log.format', 'auto|json|text', 'auto'],
  ['castellan.log.slow-request', 'duration', 'PT2S'],
  ['castellan.login.authenticated-max-time-to-live', 'duration', 'PT10M'],
  ['castellan.login.in-flow-refusal-status', '200|403', '200'],
  ['castellan.login.max-time-to-live', 'duration', 'PT30M'],
  ['castellan.login.pin-to-browser', 'flag', 'true'],
  ['castellan.login.steps.*.enabled', 'flag', 'true'],
  ['castellan.login.uniform-failure-message', 'flag', 'true'],
  ['castellan.notifications.concurrency', 'int', '4'],
  ['castellan.notifications.retention', 'duration', 'P400D'],
  ['castellan.notifications.retry.max-attempts', 'int', '8'],
  ['castellan.notifications.retry.initial-delay', 'duration', 'PT10S'],
  ['castellan.notifications.retry.max-delay', 'duration', 'PT1H'],
  ['castellan.notifications.retry.give-up-after', 'duration', 'P3D'],
  ['castellan.notifications.state.location', 'resource', ''],
  ['castellan.oauth.allow-unsigned-jwt', 'flag', 'false'],
  ['castellan.oauth.device.bind-to-sso', 'flag', 'true'],
  ['castellan.oauth.introspection.scope-as-cas', 'flag', 'false'],
  ['castellan.oauth.iss-in-response', 'flag', 'true'],
  ['castellan.oauth.loopback-any-port', 'flag', 'false'],
  ['castellan.oauth.max-active-tokens.on-exceed', 'deny|evict-oldest', 'deny'],
  ['castellan.oauth.max-active-tokens.scope', 'client|client-and-user', 'client'],
  ['castellan.oauth.pkce.allow-plain', 'flag', 'true'],
  ['castellan.oauth.profile', 'cas-compat|cas7|rfc9700', 'cas-compat'],
  ['castellan.oauth.refresh-token.family-max-time-to-live', 'duration', ''],
  ['castellan.oauth.refresh-token.refresh-attributes', 'flag', 'false'],
  ['castellan.oauth.remove-expired-client-secrets', 'flag', 'false'],
  ['castellan.oauth.refresh-token.reuse-grace', 'duration', 'PT0S'],
  ['castellan.oauth.transaction.key', 'texts', ''],
  ['castellan.oauth.user-profile.always-arrays', 'none|flat|nested|both', 'none'],
  ['castellan.passwords.queue-size', 'int', '256'],
  ['castellan.proxy.allow-insecure-callbacks', 'flag', 'false'],
  ['castellan.proxy.probe-callback', 'flag', 'false'],
  ['castellan.scripts.timeout', 'duration', 'PT2S'],
  ['castellan.service-registry.expiration-zone', 'text', 'UTC'],
  ['castellan.service-registry.expiration.warn-before', 'texts', ''],
  ['castellan.service-registry.git.author', 'text', ''],
  ['castellan.service-registry.mail.deleted-text', 'text', ''],
  ['castellan.service-registry.mail.deleted-subject', 'text', ''],
  ['castellan.service-registry.sms.deleted-text', 'text', ''],
  ['castellan.sessions.on-exceed', 'REJECT|DESTROY_OLDEST', 'REJECT'],
  ['castellan.sms.fallback', 'flag', 'false'],
  ['castellan.sms.twilio.allow-insecure', 'flag', 'false'],
  ['castellan.sms.twilio.api-key', 'text', ''],
  ['castellan.sms.twilio.api-secret', 'text', ''],
  ['castellan.sms.twilio.base-url', 'url', 'https://api.twilio.com'],
  ['castellan.sms.twilio.edge', 'text', ''],
  ['castellan.sms.twilio.region', 'text', ''],
  ['castellan.sms.twilio.timeout', 'duration', 'PT30S'],
  ['castellan.state.directory', 'resource', ''],
  ['castellan.ticket-registry.embedded.path', 'text', ''],
  ['castellan.ticket-registry.memory.max-tickets', 'int', '1000000'],
  ['castellan.ticket-registry.store', 'lmdb|memory|redis|postgresql|stateless', ''],
  ['castellan.ticket-registry.touch-interval', 'duration', 'PT5S'],
  ['castellan.validation.json-unwrap-single-values', 'flag', 'false'],
  ['castellan.validation.strict-service-comparison', 'flag', 'false'],
]

/** Rows of the specification whose feature is not here, or whose default is the only behaviour so far: such a setting is unknown, and is told of as such. */
const NOT_BUILT: ReadonlySet<string> = new Set([
  'castellan.ticket-registry.redis.key-prefix',
  'castellan.ticket-registry.redis.wait-replicas',
  'castellan.ticket-registry.write-version',
])

const sorted = (words: readonly string[]) => [...words].sort().join('|')
const built = new Map(properties(schema).map(({ name, property }) => [name, property]))

test('every setting of ours has the type and the default that are written down, or is known not to be built', () => {
  const wrong = OWN.flatMap(([name, type, fallback]) => {
    const property = built.get(name)
    if (!property) return [`${name} is not there`]
    const found = [property.choices ? sorted(property.choices) : property.type, writtenDefault(property)]
    return found[0] === sorted(type.split('|')) && found[1] === fallback
      ? []
      : [`${name}: ${found.join(', ')} instead of ${type}, ${fallback}`]
  })
  assert.deepEqual(wrong, [])
  assert.deepEqual(
    [...NOT_BUILT].filter((name) => built.has(name)),
    [],
  )
})

/** Below `cas`, and unknown to the metadata of CAS: a setting of CAS 5 that its metadata do not list. */
const EXCEPTIONS = [/^cas\.authn\.oauth\.access-token\.release-protocol-attributes$/]

test('nothing of ours stands below cas, so that a file stays one that CAS reads', () => {
  const catalogue = loadCatalogue()
  const known = (name: string) => catalogue.find(parseKey(name.replaceAll('[*]', '').replaceAll('.*', '.key')) ?? []) !== undefined
  const below = [...built.keys()].filter((name) => name.startsWith('cas.') && !EXCEPTIONS.some((pattern) => pattern.test(name)))
  assert.deepEqual(
    below.filter((name) => !known(name)),
    [],
  )
})

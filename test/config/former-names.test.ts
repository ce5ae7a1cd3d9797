import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCatalogue } from '../../src/config/catalogue.ts'
import { namesOfToday } from '../../src/config/former-names.ts'
import { parseKey } from '../../src/config/names.ts'
import { moveFormerNames } from '../../src/config/rename.ts'
import { schema } from '../../src/config/schema.ts'
import { find } from '../../src/config/schema-walk.ts'
import { entry } from '../../src/config/source.ts'
import { settingsFrom } from './fixture.ts'

/** Settings that have moved between CAS 5.0 and 7.3, as people have them in their files (configuration.md 7.4). */
const MOVED: readonly (readonly [oldKey: string, ...newKeys: string[]])[] = [
  ['cas.smsProvider.twilio.accountId', 'cas.sms-provider.twilio.account-id'],
  ['cas.smsProvider.twilio.token', 'cas.sms-provider.twilio.token'],
  ['cas.serviceRegistry.sms.text', 'cas.service-registry.sms.text'],
  ['cas.serviceRegistry.mail.from', 'cas.service-registry.mail.from'],
  ['cas.serviceRegistry.initFromJson', 'cas.service-registry.core.init-from-json'],
  ['cas.serviceRegistry.managementType', 'cas.service-registry.core.management-type'],
  ['cas.serviceRegistry.watcherEnabled', 'cas.service-registry.json.watcher-enabled'],
  ['cas.serviceRegistry.config.location', 'cas.service-registry.json.location'],
  ['cas.interrupt.attributeName', 'cas.interrupt.regex.attribute-name'],
  ['cas.interrupt.attributeValue', 'cas.interrupt.regex.attribute-value'],
  ['cas.interrupt.triggerMode', 'cas.interrupt.core.trigger-mode'],
  ['cas.interrupt.forceExecution', 'cas.interrupt.core.force-execution'],
  ['cas.ticket.tgt.maxTimeToLiveInSeconds', 'cas.ticket.tgt.primary.max-time-to-live-in-seconds'],
  ['cas.ticket.tgt.timeToKillInSeconds', 'cas.ticket.tgt.primary.time-to-kill-in-seconds'],
  ['cas.ticket.tgt.maxLength', 'cas.ticket.tgt.core.max-length'],
  ['cas.ticket.tgt.onlyTrackMostRecentSession', 'cas.ticket.tgt.core.only-track-most-recent-session'],
  ['cas.ticket.st.timeToKillInSeconds', 'cas.ticket.st.time-to-kill-in-seconds'],
  ['cas.ticket.st.numberOfUses', 'cas.ticket.st.number-of-uses'],
  ['cas.ticket.st.maxLength', 'cas.ticket.st.max-length'],
  ['cas.tgc.maxAge', 'cas.tgc.max-age'],
  ['cas.tgc.rememberMeMaxAge', 'cas.tgc.remember-me-max-age'],
  ['cas.tgc.pinToSession', 'cas.tgc.pin-to-session'],
  ['cas.tgc.encryptionKey', 'cas.tgc.crypto.encryption.key'],
  ['cas.tgc.signingKey', 'cas.tgc.crypto.signing.key'],
  ['cas.webflow.encryption.key', 'cas.webflow.crypto.encryption.key'],
  ['cas.webflow.signing.key', 'cas.webflow.crypto.signing.key'],
  ['cas.sso.allowMissingServiceParameter', 'cas.sso.services.allow-missing-service-parameter'],
  ['cas.sso.requiredServicePattern', 'cas.sso.services.required-service-pattern'],
  ['cas.sso.missingService', 'cas.sso.services.allow-missing-service-parameter'],
  ['cas.authn.attributeRepository.expirationTime', 'cas.authn.attribute-repository.core.expiration-time'],
  ['cas.authn.attributeRepository.merger', 'cas.authn.attribute-repository.core.merger'],
  ['cas.authn.attributeRepository.aggregation', 'cas.authn.attribute-repository.core.aggregation'],
  ['cas.authn.attributeRepository.maximumCacheSize', 'cas.authn.attribute-repository.core.maximum-cache-size'],
  ['cas.authn.attributeRepository.defaultAttributesToRelease', 'cas.authn.attribute-repository.core.default-attributes-to-release'],
  ['cas.authn.attributeRepository.requireAllRepositorySources', 'cas.authn.attribute-repository.core.require-all-repository-sources'],
  ['cas.authn.attributeRepository.attributes.givenName', 'cas.authn.attribute-repository.stub.attributes.givenName'],
  ['cas.authn.throttle.usernameParameter', 'cas.authn.throttle.core.username-parameter'],
  ['cas.authn.throttle.appCode', 'cas.authn.throttle.core.app-code'],
  ['cas.authn.throttle.appcode', 'cas.authn.throttle.core.app-code'],
  ['cas.authn.throttle.failure.rangeSeconds', 'cas.authn.throttle.failure.range-seconds'],
  ['cas.authn.mfa.globalProviderId', 'cas.authn.mfa.triggers.global.global-provider-id'],
  ['cas.authn.mfa.requestParameter', 'cas.authn.mfa.triggers.http.request-parameter'],
  ['cas.authn.mfa.requestHeader', 'cas.authn.mfa.triggers.http.request-header'],
  ['cas.authn.mfa.sessionAttribute', 'cas.authn.mfa.triggers.http.session-attribute'],
  ['cas.authn.mfa.globalPrincipalAttributeNameTriggers', 'cas.authn.mfa.triggers.principal.global-principal-attribute-name-triggers'],
  [
    'cas.authn.mfa.globalAuthenticationAttributeValueRegex',
    'cas.authn.mfa.triggers.authentication.global-authentication-attribute-value-regex',
  ],
  ['cas.authn.mfa.restEndpoint', 'cas.authn.mfa.triggers.rest.url'],
  ['cas.authn.mfa.rest.url', 'cas.authn.mfa.triggers.rest.url'],
  ['cas.authn.mfa.groovyScript', 'cas.authn.mfa.groovy-script.location'],
  ['cas.authn.mfa.authenticationContextAttribute', 'cas.authn.mfa.core.authentication-context-attribute'],
  ['cas.authn.mfa.globalFailureMode', 'cas.authn.mfa.core.global-failure-mode'],
  ['cas.authn.mfa.contentType', 'cas.authn.mfa.core.content-type'],
  ['cas.authn.mfa.simple.timeToKillInSeconds', 'cas.authn.mfa.simple.token.core.time-to-kill-in-seconds'],
  ['cas.authn.mfa.simple.tokenLength', 'cas.authn.mfa.simple.token.core.token-length'],
  ['cas.authn.mfa.gauth.issuer', 'cas.authn.mfa.gauth.core.issuer'],
  ['cas.authn.mfa.gauth.windowSize', 'cas.authn.mfa.gauth.core.window-size'],
  ['cas.authn.mfa.gauth.multipleDeviceRegistrationEnabled', 'cas.authn.mfa.gauth.core.multiple-device-registration-enabled'],
  ['cas.authn.mfa.webAuthn.applicationId', 'cas.authn.mfa.web-authn.core.application-id'],
  ['cas.authn.mfa.trusted.authenticationContextAttribute', 'cas.authn.mfa.trusted.core.authentication-context-attribute'],
  ['cas.authn.mfa.trusted.deviceRegistrationEnabled', 'cas.authn.mfa.trusted.core.device-registration-enabled'],
  ['cas.authn.mfa.trusted.deviceFingerprint.componentSeparator', 'cas.authn.mfa.trusted.device-fingerprint.core.component-separator'],
  ['cas.authn.pac4j.typedIdUsed', 'cas.authn.pac4j.core.typed-id-used'],
  ['cas.authn.pac4j.name', 'cas.authn.pac4j.core.name'],
  ['cas.authn.pac4j.principalAttributeId', 'cas.authn.pac4j.core.principal-id-attribute'],
  ['cas.authn.pac4j.replicateSessions', 'cas.authn.pac4j.core.session-replication.replicate-sessions'],
  ['cas.authn.pac4j.saml[1].principalAttributeId', 'cas.authn.pac4j.saml[1].principal-id-attribute'],
  ['cas.authn.pac4j.cas[0].autoRedirect', 'cas.authn.pac4j.cas[0].auto-redirect-type'],
  ['cas.authn.pac4j.google.usePathBasedCallbackUrl', 'cas.authn.pac4j.google.callback-url-type'],
  ['cas.authn.policy.requiredHandlerAuthenticationPolicyEnabled', 'cas.authn.policy.required-handler-authentication-policy-enabled'],
  ['cas.authn.policy.any.tryAll', 'cas.authn.policy.any.try-all'],
  ['cas.authn.surrogate.separator', 'cas.authn.surrogate.core.separator'],
  ['cas.authn.passwordless.tokens.expireInSeconds', 'cas.authn.passwordless.tokens.core.expiration'],
  ['cas.acceptableUsagePolicy.enabled', 'cas.acceptable-usage-policy.core.enabled'],
  ['cas.acceptableUsagePolicy.aupAttributeName', 'cas.acceptable-usage-policy.core.aup-attribute-name'],
  ['cas.acceptableUsagePolicy.scope', 'cas.acceptable-usage-policy.in-memory.scope'],
  ['cas.audit.auditFormat', 'cas.audit.engine.audit-format'],
  ['cas.audit.slf4j.auditFormat', 'cas.audit.engine.audit-format'],
  ['cas.audit.ignoreAuditFailures', 'cas.audit.engine.ignore-audit-failures'],
  ['cas.audit.appCode', 'cas.audit.engine.app-code'],
  ['cas.audit.numberOfDaysInHistory', 'cas.audit.engine.number-of-days-in-history'],
  ['cas.audit.includeValidationAssertion', 'cas.audit.engine.include-validation-assertion'],
  ['cas.audit.alternateServerAddrHeaderName', 'cas.audit.engine.alternate-server-addr-header-name'],
  ['cas.audit.alternateClientAddrHeaderName', 'cas.audit.engine.alternate-client-addr-header-name'],
  ['cas.audit.useServerHostAddress', 'cas.audit.engine.use-server-host-address'],
  ['cas.audit.supportedActions[0]', 'cas.audit.engine.supported-actions[0]'],
  ['cas.audit.excludedActions', 'cas.audit.engine.excluded-actions'],
  ['cas.events.trackConfigurationModifications', 'cas.events.core.track-configuration-modifications'],
  ['cas.events.trackGeolocation', 'cas.events.core.track-geolocation'],
  ['cas.authn.oauth.userProfileViewType', 'cas.authn.oauth.core.user-profile-view-type'],
  ['cas.authn.oauth.grants.resourceOwner.requireServiceHeader', 'cas.authn.oauth.grants.resource-owner.require-service-header'],
  ['cas.authn.oidc.issuer', 'cas.authn.oidc.core.issuer'],
  ['cas.authn.oidc.jwksFile', 'cas.authn.oidc.jwks.file-system.jwks-file'],
  ['cas.standalone.config', 'cas.standalone.configuration-directory'],
  ['cas.standalone.config.file', 'cas.standalone.configuration-file'],
  ['cas.authn.rest.uri', 'cas.authn.rest[0].uri'],
  ['cas.httpClient.readTimeout', 'cas.http-client.response-timeout', 'cas.http-client.socket-timeout'],
  ['cas.logging.mdcEnabled', 'cas.logging.mdc.enabled'],
  ['cas.maxmind.cityDatabase', 'cas.geo-location.maxmind.city-database'],
  ['cas.maxmind.countryDatabase', 'cas.geo-location.maxmind.country-database'],
]

test('every setting that has moved between CAS 5 and 7 has its name of today', () => {
  const catalogue = loadCatalogue()
  const wrong = MOVED.flatMap(([oldKey, ...newKeys]) => {
    const path = parseKey(oldKey) ?? []
    const one = entry(oldKey, 'true', { source: 'test' })
    const moved = one ? moveFormerNames(schema, [{ name: 'test', kind: 'file', entries: [one] }]).problems[0]?.suggestion : undefined
    const found = moved ?? find(schema, path)?.name
    const today = namesOfToday(catalogue, path)
    const names = found === undefined || today.length > 1 ? today : [found]
    return names.join() === newKeys.join() ? [] : [`${oldKey} gives ${names.join() || 'nothing'} instead of ${newKeys.join()}`]
  })
  assert.deepEqual(wrong, [])
})

test('a list under an old name of a map is moved with all its elements', async () => {
  const { settings } = await settingsFrom({
    files: { 'cas.yml': 'cas.authn.attributeRepository.attributes.mail: [a@example.org, b@example.org]\n' },
  })
  assert.deepEqual({ ...settings.cas.authn.stub.attributes }, { mail: ['a@example.org', 'b@example.org'] })
})

test('a setting that has moved to one that counts here, counts under its old name too', () => {
  const catalogue = loadCatalogue()
  const missed = catalogue.names().flatMap((name) => {
    const one = entry(name.replaceAll('[key]', 'some').replace(/\.\*$/, '.some'), '', { source: 'test' })
    if (!one || find(schema, one.path)) return []
    if (moveFormerNames(schema, [{ name: 'test', kind: 'file', entries: [one] }]).moved.size > 0) return []
    const today = namesOfToday(catalogue, one.path).filter((newName) => find(schema, parseKey(newName) ?? []))
    return today.map((newName) => `${newName} is not formerly ${name}`)
  })
  assert.deepEqual(missed, [])
})

test('every old name that CAS knows, and whose name of today is a setting here, has its effect', () => {
  const catalogue = loadCatalogue()
  const written = catalogue
    .names()
    .filter((name) => name !== '')
    .map((name) => name.replaceAll('[]', '[0]').replaceAll('[key]', 'x').replace(/\.\*$/, '.x'))
  const entries = [...written, ...MOVED.map(([old]) => old)].flatMap((key) => entry(key, 'v', { source: 'test' }) ?? [])
  const { moved } = moveFormerNames(schema, [{ name: 'test', kind: 'file', entries }])
  const without = entries.filter((one) => !find(schema, one.path) && !moved.has(one))
  const dead = without.filter(({ path }) => namesOfToday(catalogue, path).some((name) => find(schema, parseKey(name) ?? [])))
  assert.ok(moved.size > 50)
  assert.deepEqual(
    dead.map(({ key }) => key),
    [],
  )
})

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checked } from '../../src/checked-configuration.ts'
import { loadConfiguration, type Problem, schema } from '../../src/config/index.ts'
import { findKey } from '../../src/config/schema-walk.ts'
import { within } from './fixture.ts'

/** What rules say of these lines of `cas.properties`, after plain http has been set. */
async function told(lines: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<readonly Problem[]> {
  const text = ['server.ssl.enabled=false', ...lines].join('\n')
  return within({ files: { ...files, 'cas.properties': text } }, async (directory, options) => {
    const fill = { ...options, env: { DIR: directory } }
    const { problems } = await checked(await loadConfiguration(fill), options.cwd)
    return problems.map((problem) => ({ ...problem, message: problem.message.replaceAll(directory, 'DIR') }))
  })
}

type Row = readonly [what: string, lines: readonly string[], message: RegExp, severity?: 'fatal' | 'error' | 'warn']

const rows: readonly Row[] = [
  [
    'https without a key store',
    ['server.ssl.enabled=true', 'server.ssl.key-store=file:${DIR}/none'],
    /^server\.ssl\.key-store \(DIR\/cas\.properties:3:22\) names a file that does not exist: DIR\/none\. castellan gen-keystore makes one for a trial; plain http is server\.ssl\.enabled=false$/,
  ],
  [
    'a password that does not open the key store',
    ['server.ssl.enabled=true', 'server.ssl.key-store=file:${DIR}/cas.properties'],
    /^server\.ssl\.key-store .* is neither PKCS#12, JKS nor PEM/,
  ],
  [
    'a private key without a certificate',
    ['server.ssl.enabled=true', 'server.ssl.certificate-private-key=file:${DIR}/key.pem', 'server.ssl.key-store=file:${DIR}/none'],
    /^server\.ssl\.certificate-private-key \(DIR\/cas\.properties:3:36\) needs server\.ssl\.certificate: /,
  ],
  [
    'client certificates that nobody has to have signed',
    ['server.ssl.client-auth=need', 'server.ssl.enabled=true', 'server.ssl.key-store=file:${DIR}/none'],
    /^server\.ssl\.client-auth .* is need without server\.ssl\.trust-certificate/,
    'warn',
  ],
  [
    'a version of TLS that there is not',
    ['server.ssl.enabled=true', 'server.ssl.key-store=${DIR}'],
    /^server\.ssl\.key-store .*cannot be read \(EISDIR\)/,
  ],
  ['a context path with a blank', ['server.servlet.context-path=/a b'], /^server\.servlet\.context-path .* must be a path of letters/],
  [
    'two listeners at one port',
    ['server.port=8080', 'cas.server.tomcat.http[0].enabled=true', 'cas.server.tomcat.http[0].port=8080'],
    /^cas\.server\.tomcat\.http\[0\]\.port \(DIR\/cas\.properties:4:32\) is 8080, which is server\.port too/,
  ],
  [
    'every origin, with cookies',
    ['cas.http-web-request.cors.enabled=true', 'cas.http-web-request.cors.allow-origins=*'],
    /^cas\.http-web-request\.cors\.allow-origins .* must not be \* while allow-credentials is true/,
  ],
  [
    'a file of accounts without passwords that is not there',
    ['cas.authn.passwordless.accounts.json.location=file:${DIR}/none.json'],
    /^cas\.authn\.passwordless\.accounts\.json\.location .*none\.json/,
    'warn',
  ],
  [
    'accounts without passwords at an address that is none',
    ['cas.authn.passwordless.accounts.rest.url=ldap://x'],
    /^cas\.authn\.passwordless\.accounts\.rest\.url .* must be an http\(s\) address/,
  ],
  [
    'a directory of accounts without passwords that is searched for nobody',
    ['cas.authn.passwordless.accounts.ldap.ldap-url=ldap://127.0.0.1', 'cas.authn.passwordless.accounts.ldap.search-filter=uid=x'],
    /^cas\.authn\.passwordless\.accounts\.ldap\.search-filter .* must have the name of the user in it/,
  ],
  [
    'codes in place of passwords by mails without a subject',
    ['cas.authn.passwordless.tokens.mail.from=a@example.org', 'cas.authn.passwordless.tokens.mail.text=%s'],
    /^cas\.authn\.passwordless\.tokens\.mail\.[a-z]+ .*no code goes by mail/,
    'error',
  ],
  [
    'codes in place of passwords that are never good',
    ['cas.authn.passwordless.tokens.core.expiration=0'],
    /^cas\.authn\.passwordless\.tokens\.core\.expiration .* must be a second at least/,
  ],
  [
    'a second factor that is not here, for everybody',
    ['cas.authn.mfa.triggers.global.global-provider-id=mfa-simple,mfa-duo'],
    /^cas\.authn\.mfa\.triggers\.global\.global-provider-id \(DIR\/cas\.properties:2:\d+\) names mfa-duo, which this server has not \(it has mfa-simple\): every login is refused$/,
    'error',
  ],
  [
    'codes by mail without a text',
    ['cas.authn.mfa.simple.mail.from=sso@example.org', 'cas.authn.mfa.simple.mail.subject=Code'],
    /^cas\.authn\.mfa\.simple\.mail\.from .* needs cas\.authn\.mfa\.simple\.mail\.text: no code goes by mail$/,
    'error',
  ],
  [
    'a bypass pattern that is none',
    ['cas.authn.mfa.simple.bypass.credential-class-type=('],
    /^cas\.authn\.mfa\.simple\.bypass\.credential-class-type .*/,
  ],
  [
    'limits of codes without a bandwidth',
    ['cas.authn.mfa.simple.bucket4j.enabled=true'],
    /^cas\.authn\.mfa\.simple\.bucket4j\.enabled .* needs at least one bandwidth$/,
  ],
  [
    'a pattern of values without the attributes',
    ['cas.authn.mfa.triggers.principal.global-principal-attribute-value-regex=staff'],
    /^cas\.authn\.mfa\.triggers\.principal\.global-principal-attribute-value-regex .* needs .*name-triggers: /,
  ],
  [
    'a server that decides and cannot be asked',
    ['cas.authn.mfa.triggers.rest.url=ftp://x'],
    /^cas\.authn\.mfa\.triggers\.rest\.url .* must be an http or https address/,
  ],
  [
    'a module that decides and is not there',
    ['cas.authn.mfa.groovy-script.location=${DIR}/mfa.mjs'],
    /^cas\.authn\.mfa\.groovy-script\.location .* names DIR\/mfa\.mjs, which does not exist; until it can be read, nobody gets in$/,
    'warn',
  ],
  ['scripts of other origins, of which there are none', ['cas.http-web-request.cors.enabled=true'], /neither .*allow-origins nor/, 'warn'],
  [
    'a header that cannot be sent',
    ['cas.http-web-request.custom-headers.X-A=a\\u0007b'],
    /^cas\.http-web-request\.custom-headers\.X-A .* has a character that no header can have/,
  ],
  ['a name of the server with a path', ['cas.server.name=https://sso.example.org/x'], /^cas\.server\.name .* has a path/, 'warn'],
  [
    'a name of the server that is none',
    ['cas.server.name=sso.example.org'],
    /^cas\.server\.name .* must be an http or https address, e\.g\./,
  ],
  [
    'a pattern that is none',
    ['cas.tgc.allowed-ip-addresses-pattern=('],
    /^cas\.tgc\.allowed-ip-addresses-pattern .* must be a regular expression of Java: /,
  ],
  [
    'a pattern of actions that is none',
    ['cas.audit.engine.supported-actions=A(,B'],
    /^cas\.audit\.engine\.supported-actions .* must be regular expressions/,
  ],
  [
    'mail about services without a sender',
    ['spring.mail.host=mail.example.org', 'cas.service-registry.mail.text=x', 'cas.service-registry.mail.subject=y'],
    /^cas\.service-registry\.mail\.text .* needs cas\.service-registry\.mail\.from: /,
  ],
  [
    'mail without a mail server',
    ['cas.service-registry.mail.text=x'],
    /^cas\.service-registry\.mail\.text .* spring\.mail\.host is not$/,
    'warn',
  ],
  [
    'a user of the mail server without a password',
    ['spring.mail.host=h', 'spring.mail.username=u'],
    /^spring\.mail\.username .* needs spring\.mail\.password: /,
  ],
  [
    'a time of the mail server that is none',
    ['spring.mail.host=h', 'spring.mail.properties.mail.smtp.timeout=5s'],
    /mail\.smtp\.timeout .* must be a number of milliseconds/,
  ],
  [
    'an account of Twilio without a token',
    ['cas.sms-provider.twilio.account-id=AC0'],
    /^cas\.sms-provider\.twilio\.account-id .* needs cas\.sms-provider\.twilio\.token: /,
  ],
  [
    'a token of Twilio without an account',
    ['cas.smsProvider.twilio.token=t0ken'],
    /^cas\.sms-provider\.twilio\.token .* needs cas\.sms-provider\.twilio\.account-id: /,
  ],
  [
    'an API key of Twilio without its secret',
    ['cas.sms-provider.twilio.account-id=AC0', 'castellan.sms.twilio.api-key=SK0'],
    /needs castellan\.sms\.twilio\.api-secret/,
  ],
  [
    'a password of an SMS service without a name',
    ['cas.sms-provider.rest.url=https://sms.example.org', 'cas.sms-provider.rest.basic-auth-password=p'],
    /needs cas\.sms-provider\.rest\.basic-auth-username/,
  ],
  ['SMS without a provider', ['cas.service-registry.sms.text=x'], /^cas\.service-registry\.sms\.text .* no provider is configured/, 'warn'],
  [
    'warnings in advance that are no durations',
    ['castellan.service-registry.expiration.warn-before=soon'],
    /warn-before .* must be a list of durations/,
  ],
  [
    'events for a program that cannot know the sender',
    ['castellan.service-registry.webhook.url=https://hook.example.org'],
    /^castellan\.service-registry\.webhook\.secret must be set: /,
  ],
  ['a zone that there is not', ['castellan.service-registry.expiration-zone=Mars'], /expiration-zone .* is not a known zone/],
  [
    'a cron expression of another sort',
    ['cas.service-registry.schedule.cron-expression=often'],
    /cron-expression .* is no cron expression/,
  ],
  [
    'a cron expression of the cleaner',
    ['cas.ticket.registry.cleaner.schedule.cron-expression=often'],
    /cleaner\.schedule\.cron-expression .* is not a usable cron expression/,
  ],
  [
    'a user of the repository without a password',
    ['cas.service-registry.git.repository-url=https://git.example.org/x', 'cas.service-registry.git.username=u'],
    /^cas\.service-registry\.git\.username .* needs cas\.service-registry\.git\.password/,
  ],
  ['a store that is not built', ['cas.ticket.registry.mongo.host=h'], /^cas\.ticket\.registry\.mongo\.host .* names MongoDB for tickets/],
  [
    'an idle limit beyond the end',
    ['cas.ticket.tgt.primary.time-to-kill-in-seconds=PT9H'],
    /time-to-kill-in-seconds .* must not be longer than/,
  ],
  [
    'a key of another size',
    ['cas.tgc.crypto.encryption.key=c2hvcnQ'],
    /^cas\.tgc\.crypto\.encryption\.key .* has 40 bits, and cas\.tgc\.crypto\.encryption\.key-size needs 512/,
  ],
  [
    'accounts in a file that is not there',
    ['cas.authn.json.location=file:${DIR}/users.json'],
    /^cas\.authn\.json\.location .* names DIR\/users\.json, which does not exist/,
    'warn',
  ],
  [
    'accounts at an address of the web',
    ['cas.authn.json.location=https://x.example.org/u'],
    /^cas\.authn\.json\.location .* must be a file/,
  ],
  [
    'a digest that there is not',
    ['cas.authn.accept.password-encoder.type=DEFAULT', 'cas.authn.accept.password-encoder.encoding-algorithm=no'],
    /encoding-algorithm .* must be a digest/,
  ],
  [
    'a threshold without a time',
    ['cas.authn.throttle.failure.threshold=10'],
    /threshold .* has no effect without cas\.authn\.throttle\.failure\.range-seconds/,
    'warn',
  ],
  ['a policy that names nobody', ['cas.authn.policy.req.enabled=true'], /names none of the handlers/, 'warn'],
  [
    'a cookie that browsers throw away',
    ['cas.tgc.same-site-policy=none', 'cas.tgc.secure=false'],
    /^cas\.tgc\.same-site-policy .* is None while cas\.tgc\.secure is false/,
    'warn',
  ],
  ['a cookie that cannot be', ['cas.tgc.name=a;b'], /^cas\.tgc\.name .* has a character that no cookie can have/],
  [
    'a trust store that is not there',
    ['cas.http-client.truststore.file=${DIR}/none'],
    /^cas\.http-client\.truststore\.file .* DIR\/none cannot be read/,
  ],
  [
    'a login that is over at once',
    ['castellan.login.max-time-to-live=0'],
    /^castellan\.login\.max-time-to-live .* ends every login before it began/,
  ],
  [
    'half of a pair of patterns',
    ['cas.interrupt.regex.attribute-name=memberOf'],
    /^cas\.interrupt\.regex\.attribute-name .* needs cas\.interrupt\.regex\.attribute-value/,
    'error',
  ],
  [
    'a source of interrupts without a password',
    ['cas.interrupt.rest.url=https://x.example.org', 'cas.interrupt.rest.basic-auth-username=u'],
    /needs cas\.interrupt\.rest\.basic-auth-password/,
  ],
  [
    'a source of interrupts at no address',
    ['cas.interrupt.rest.url=ldap://x'],
    /^cas\.interrupt\.rest\.url .* must be an http or https address/,
  ],
  ['a method that is none', ['cas.interrupt.rest.url=https://x.example.org', 'cas.interrupt.rest.method=G T'], /must be an HTTP method/],
  [
    'two kinds of tokens in one container',
    ['cas.authn.oauth.code.storage-name=oauthRefreshTokensCache'],
    /storage-name names a container that other tickets are kept in: oauthRefreshTokensCache/,
  ],
  [
    'tokens that anybody could make',
    ['cas.authn.oauth.access-token.create-as-jwt=true', 'cas.authn.oauth.access-token.crypto.enabled=false'],
    /crypto\.enabled .* they would go out unsigned/,
  ],
  [
    'networks that are none',
    ['cas.monitor.endpoints.endpoint.health.access=IP_ADDRESS', 'cas.monitor.endpoints.endpoint.health.required-ip-addresses=('],
    /required-ip-addresses .* must be networks, addresses or patterns/,
  ],
  [
    'a role that nobody can have',
    ['cas.monitor.endpoints.endpoint.env.access=ROLE'],
    /^cas\.monitor\.endpoints\.endpoint\.env\.access .*nobody is let in/,
    'warn',
  ],
  [
    'an operator without a password',
    ['spring.security.user.name=ops'],
    /^spring\.security\.user\.name .* has no password beside it/,
    'warn',
  ],
  [
    'a place for state that is a file',
    ['castellan.state.directory=${DIR}/cas.properties'],
    /^castellan\.state\.directory .* which is no directory/,
  ],
]

for (const [what, lines, message, severity = 'fatal'] of rows) {
  test(`${what}: told with the place (${severity})`, async () => {
    const problems = await told(lines)
    const found = problems.filter((problem) => message.test(problem.message))
    assert.equal(found.length, 1, problems.map((problem) => problem.message).join('\n'))
    assert.equal(found[0]?.fatal ? 'fatal' : found[0]?.severity, severity)
    assert.ok(findKey(schema, found[0]?.key ?? ''), found[0]?.key)
  })
}

test('all mistakes are told at once, those of single values and those of several together', async () => {
  const fatal = rows.filter(
    ([what, , , severity]) =>
      severity === undefined &&
      !/https|key store|TLS|certificate|listeners|of Twilio without a|server that is none|at no address/.test(what),
  )
  const lines = fatal.flatMap(([, own]) => own)
  // Of two lines with one name the last counts.
  const once = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line]))
  const problems = await told([...once.values(), 'server.port=many'])
  const texts = problems.map((problem) => problem.message)
  const untold = fatal.filter(
    ([, own, message]) =>
      own.every((line) => once.get(line.slice(0, line.indexOf('='))) === line) && !texts.some((text) => message.test(text)),
  )
  assert.deepEqual(
    untold.map(([what]) => what),
    [],
  )
  assert.ok(texts.some((text) => /^server\.port .* must be a whole number/.test(text)))
})

test('what follows from a value that cannot be read is not a second mistake', async () => {
  const problems = await told([
    'cas.ticket.tgt.primary.time-to-kill-in-seconds=soon',
    'cas.ticket.tgt.primary.max-time-to-live-in-seconds=PT1H',
  ])
  assert.deepEqual(
    problems.filter(({ fatal }) => fatal).map(({ message }) => message.replace(/ must .*/, '')),
    ['cas.ticket.tgt.primary.time-to-kill-in-seconds (DIR/cas.properties:2:48)'],
  )
})

test('no rule says the value of a secret', async () => {
  const lines = rows.flatMap(([, own]) => own).filter((line) => /(?:password|token|secret|key)=/.test(line))
  const texts = (await told(lines)).map(({ message }) => message).join('\n')
  for (const line of lines) {
    const value = line.slice(line.indexOf('=') + 1)
    if (value.length > 3) assert.ok(!texts.includes(value), value)
  }
})

test('an empty directory breaks no rule but that https needs a key store', async () => {
  const problems = await within(
    { files: {} },
    async (_, options) => (await checked(await loadConfiguration(options), options.cwd)).problems,
  )
  assert.deepEqual(
    problems.map(({ key }) => key),
    ['server.ssl.key-store'],
  )
})

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { definition, runCastellan, type StartOptions, writeConfiguration } from '../support/castellan.ts'

async function checked(
  options: StartOptions,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const directory = await writeConfiguration(options)
  try {
    const { code, output } = await runCastellan(['check', ...args, '--config-dir', directory])
    return { code, output: output.replaceAll(directory, 'DIR') }
  } finally {
    await rm(directory, { recursive: true })
  }
}

const service = 'org.apereo.cas.services.'

test('check reports on one page what works, what changes and what to do', async () => {
  const { code, output } = await checked({
    properties: {
      'server.port': undefined,
      'server.address': undefined,
      'castellan.log.format': undefined,
      'cas.serviceRegistry.initFromJson': false,
      'cas.authn.ldap[0].ldap-url': 'ldaps://ldap.example.org',
      'cas.authn.ldap[0].bind-credential': 'hush-hush',
      'cas.webflow.session.storage': true,
      'server.tomcat.threads.max': 200,
      'my.helper': 'x',
      'cas.ticket.st.number-of-use': 2,
    },
    files: { 'cas.groovy': '', 'users.groovy': '', 'cas-blue.yml': 'cas: {}\n', 'log4j2.xml': '<x/>' },
    services: {
      'a-1.json': definition(1, '^https://a\\.example\\.org/.*'),
      'b-2.json': {
        '@class': `${service}OidcRegisteredService`,
        serviceId: '^https://b\\.example\\.org/.*',
        name: 'B',
        id: 2,
        clientId: 'b',
      },
    },
  })
  assert.equal(code, 1)
  const lines = output.split('\n')
  const starts = ['DIR, profiles standalone', 'What works', 'What changes', 'What to do', 'DIR: 1 error, ']
  assert.deepEqual(
    lines.filter((line) => /^(DIR|What)/.test(line)).map((line, at) => line.slice(0, starts[at]?.length)),
    starts,
  )
  const tail = output.slice(output.indexOf('What works'), output.indexOf('DIR: 1 error'))
  assert.equal(
    tail,
    `What works
  5 of 10 settings have their effect.
  1 helper of your own that placeholders may refer to.
  2 definitions served.

What changes
  1 under a name of an earlier version; castellan config migrate rewrites it:
    cas.serviceRegistry.initFromJson (cas.properties:4) → cas.service-registry.core.init-from-json
  3 known to CAS, no effect here:
    passwords in LDAP: not part of this server yet
      cas.authn.ldap[0].ldap-url (cas.properties:5)
      cas.authn.ldap[0].bind-credential (cas.properties:6)
    state of a login: it is sealed in the browser; nothing is kept on the server
      cas.webflow.session.storage (cas.properties:7)
  1 of Spring, not used by this server:
    server.tomcat.threads.max (cas.properties:8) – threads of Tomcat: requests share one thread and wait for nothing
  1 OpenID Connect definition served as OAuth, without ID tokens: the protocol is not part of this server yet
  cas-blue.yml is not read: profile blue is not active; --spring.profiles.active=standalone,blue looks at it
  log4j2.xml is not read: the log is set by logging.*; an XML file that logging.config names is read for levels and files
  users.groovy is not read: Groovy is not run; a JavaScript or TypeScript module has to take its place

What to do
ERROR unknown setting cas.ticket.st.number-of-use (cas.properties:10) – did you mean cas.ticket.st.number-of-uses?
WARN  cas.groovy is not read: this server does not run Groovy; cas.config.mjs beside it takes its place
WARN  cas.authn.oauth.device-user-code.max-time-to-live-in-seconds (60) ends before cas.authn.oauth.device-token.max-time-to-live-in-seconds (300): devices wait longer than people may enter their codes
WARN  services/b-2.json the client b lets anybody who knows its id try passwords: the password grant is allowed without a secret
WARN  services/b-2.json the client b may be given tokens through the browser: the response type token is allowed
INFO  services/b-2.json the client b lists no supportedGrantTypes: all but token exchange are allowed
INFO  services/b-2.json the client b lists no supportedResponseTypes: all are allowed

`,
  )
  assert.doesNotMatch(output, /hush-hush/)
})

test('check cuts long lists, and prints every line with --all', async () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`cas.nothing.of-this-kind-${at}`, 1]))
  const short = await checked({ properties: many })
  assert.match(short.output, /… and 35 more lines; --all prints them/)
  assert.equal(short.output.match(/^ERROR unknown setting/gm)?.length, 25)
  assert.equal((await checked({ properties: many }, '--all')).output.match(/^ERROR unknown setting/gm)?.length, 60)
})

test('check --json says of every key what becomes of it', async () => {
  const { output } = await checked(
    {
      properties: {
        'cas.ticket.st.numberOfUses': 2,
        'cas.tgc.encryptionKey': 'k'.repeat(86),
        'cas.authn.spnego.ntlm-allowed': true,
        'cas.nothing': 1,
        'context.path': '/x',
      },
      services: { 'a-1.json': definition(1, '^https://a\\.example\\.org/.*') },
    },
    '--json',
  )
  const { ok, keys, definitions } = JSON.parse(output)
  assert.equal(ok, false)
  assert.deepEqual(definitions, { cas: 1 })
  const found = (key: string) => keys.find((one: { key: string }) => one.key === key)
  assert.deepEqual(found('cas.ticket.st.numberOfUses'), {
    key: 'cas.ticket.st.numberOfUses',
    class: 'honoured',
    names: ['cas.ticket.st.number-of-uses'],
    source: 'DIR/cas.properties',
    line: 7,
  })
  assert.deepEqual(
    [found('cas.tgc.encryptionKey').class, found('cas.tgc.encryptionKey').names],
    ['moved', ['cas.tgc.crypto.encryption.key']],
  )
  assert.deepEqual(
    [found('cas.authn.spnego.ntlm-allowed').class, found('cas.authn.spnego.ntlm-allowed').area],
    ['no-effect', 'SPNEGO (Kerberos)'],
  )
  assert.equal(found('cas.nothing').class, 'unknown')
  assert.equal(found('context.path').class, 'foreign')
  assert.doesNotMatch(output, /kkkk/)
})

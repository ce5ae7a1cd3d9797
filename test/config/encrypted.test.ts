// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decryptValue, encryptValue, supportedAlgorithms } from '../../src/config/cipher.ts'
import { settingsFrom } from './fixture.ts'

const PASSWORD = 's3cret-Pass'
const CLEAR = 'changeit-value'
const cipher = (algorithm: string, password = PASSWORD) => ({ password, algorithm, iterations: 1000, initializationVector: undefined })

/** Made by a Java 17 runtime: the password above, 1000 iterations. */
const VECTORS = [
  ['PBEWithMD5AndTripleDES', '{cas-cipher}AQIDBAUGBwic+09wNhBwSunsBViEkFJ0'],
  ['PBEWithMD5AndTripleDES', '{cas-cipher}CQgHBgkIBwZ9byyyaBMLNH+8AbsRMIHP'],
  ['PBEWITHHMACSHA512ANDAES_256', '{cas-cipher}AAECAwQFBgcICQoLDA0OD2RlZmdoaWprbG1ub3BxcnOnC3jotJRr+d6UYC/yP/ke'],
  ['PBEWITHHMACSHA256ANDAES_128', '{cas-cipher}AAECAwQFBgcICQoLDA0OD2RlZmdoaWprbG1ub3BxcnOOfDlJSwOmEvjFevBb9sEa'],
] as const
const [[, TRIPLE_DES]] = VECTORS
const AES = VECTORS[2][1]

for (const [algorithm, value] of VECTORS) {
  test(`what Java has encrypted by ${algorithm} is read: …${value.slice(-8)}`, async () => {
    const { settings, fatal } = await settingsFrom({
      files: { 'cas.properties': `cas.authn.rest[0].password=${value}` },
      argv: [`-Dcas.standalone.configurationSecurity.psw=${PASSWORD}`, `--cas.standalone.configuration-security.alg=${algorithm}`],
    })
    assert.deepEqual(fatal, [])
    assert.equal(settings.cas.authn.rest[0]?.password, CLEAR)
  })
}

/** Made by Jasypt 1.9.3 on Java 17 with its own provider and that of Bouncy Castle 1.72, 1000 iterations: every algorithm that these have. */
const [, ...BY_JAVA] = readFileSync(new URL('./encrypted-by-java.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
/** What Node is built on has these no longer. */
const LOST = /RC[24]|IDEA|TWOFISH|MD2/

test('what Jasypt encrypts by any algorithm of Java and Bouncy Castle is read, but for those of RC2, RC4, IDEA, Twofish and MD2', async () => {
  assert.ok(BY_JAVA.length > 50)
  for (const row of BY_JAVA) {
    const [algorithm = '', vector, password = '', clear, value] = row.split('\t')
    const settings = { ...cipher(algorithm, password), initializationVector: vector === 'beside' }
    const read = decryptValue(`{cas-cipher}${value}`, settings)
    if (LOST.test(algorithm)) await assert.rejects(read, /is encrypted by an algorithm that this server does not have/)
    else assert.equal(await read, clear, row)
  }
})

test('by single DES a value is read and none is written', async () => {
  await assert.rejects(
    encryptValue('x', cipher('PBEWithMD5AndDES')),
    /^CipherMistake: is not encrypted by PBEWithMD5AndDES, which hides nothing; take PBEWITHHMACSHA512ANDAES_256$/,
  )
})

for (const algorithm of supportedAlgorithms) {
  test(`what is encrypted by ${algorithm} is decrypted to the same, and is another text each time`, async () => {
    const text = 'grün – ${not.looked.up}'
    const [one, other] = [await encryptValue(text, cipher(algorithm)), await encryptValue(text, cipher(algorithm))]
    assert.notEqual(one, other)
    for (const value of [one, other]) assert.equal(await decryptValue(value, cipher(algorithm.toLowerCase())), text)
  })
}

test('every format of file, the environment and the command line may hold encrypted values; other settings refer to them', async () => {
  const { settings, fatal, explain, secrets, sourcesOf } = await settingsFrom({
    files: {
      'cas.yml': `db.pass: "${TRIPLE_DES}"\ncas.authn.rest[0].uri: "https://\${db.pass}@example.org"`,
      'cas.properties': 'cas.tgc.crypto.signing.key=${db.pass}',
    },
    env: { CAS_STANDALONE_CONFIGURATION_SECURITY_PSW: PASSWORD, CAS_LOGOUT_REDIRECTPARAMETER: TRIPLE_DES },
    argv: [`--cas.server.name=${TRIPLE_DES}`],
  })
  assert.deepEqual(fatal, [])
  assert.equal(settings.cas.authn.rest[0]?.uri, `https://${CLEAR}@example.org`)
  assert.deepEqual(settings.cas.tgc.crypto.signing.key, [CLEAR])
  assert.deepEqual(settings.cas.logout.redirectParameter, [CLEAR])
  assert.equal(settings.cas.server.name, CLEAR)
  assert.ok(secrets.includes(CLEAR))
  // What was encrypted is shown nowhere, whatever the setting is.
  for (const key of ['cas.server.name', 'cas.authn.rest[0].uri', 'cas.tgc.crypto.signing.key']) assert.equal(explain(key)?.value, '******')
  assert.deepEqual(
    sourcesOf('db.pass').map(({ value }) => value),
    ['******'],
  )
})

test('an encrypted value of a wrong type is not quoted', async () => {
  const value = await encryptValue('not-a-number-1234', cipher('PBEWithMD5AndTripleDES'))
  const { fatal } = await settingsFrom({
    files: { 'cas.properties': `cas.ticket.st.number-of-uses=${value}` },
    argv: [`-Dcas.standalone.configuration-security.psw=${PASSWORD}`],
  })
  assert.deepEqual(fatal, ['error cas.ticket.st.number-of-uses (DIR/cas.properties:1:30) must be a whole number'])
})

const CANNOT =
  'cannot be decrypted; its password or algorithm is not that of cas.standalone.configuration-security.psw, .alg and .iterations'
const REFUSED: readonly { readonly what: string; readonly value: string; readonly argv: readonly string[]; readonly line: string }[] = [
  {
    what: 'without a password',
    value: TRIPLE_DES,
    argv: [],
    line: 'is encrypted, and there is no password: give cas.standalone.configuration-security.psw as -D or as an environment variable',
  },
  { what: 'with a wrong password', value: TRIPLE_DES, argv: ['-Dcas.standalone.configuration-security.psw=wrong'], line: CANNOT },
  {
    what: 'with another algorithm',
    value: AES,
    argv: [`-Dcas.standalone.configuration-security.psw=${PASSWORD}`],
    line: CANNOT,
  },
  {
    what: 'with another number of iterations',
    value: AES,
    argv: [
      `-Dcas.standalone.configuration-security.psw=${PASSWORD}`,
      '-Dcas.standalone.configuration-security.alg=PBEWITHHMACSHA512ANDAES_256',
      '-Dcas.standalone.configuration-security.iterations=999',
    ],
    line: CANNOT,
  },
  {
    what: 'cut off',
    value: AES.slice(0, 40),
    argv: [`-Dcas.standalone.configuration-security.psw=${PASSWORD}`],
    line: CANNOT,
  },
  {
    what: 'that is no Base64',
    value: '{cas-cipher}not base64!',
    argv: [`-Dcas.standalone.configuration-security.psw=${PASSWORD}`],
    line: 'is encrypted and not Base64',
  },
]
for (const { what, value, argv, line } of REFUSED) {
  test(`an encrypted value ${what} stops the start with one line that holds no secret`, async () => {
    const { lines, fatal } = await settingsFrom({ files: { 'cas.properties': `cas.authn.rest[0].password=${value}` }, argv })
    assert.deepEqual(lines, [`error cas.authn.rest[0].password (DIR/cas.properties:1:28) ${line}`])
    assert.deepEqual(fatal, lines)
  })
}

test('an algorithm that is not here is refused with those that are', async () => {
  const { fatal } = await settingsFrom({
    files: { 'cas.properties': `cas.server.name=${AES}` },
    argv: [`-Dcas.standalone.configuration-security.psw=${PASSWORD}`, '-Dcas.standalone.configuration-security.alg=PBEWITHSHAAND128BITRC4'],
  })
  assert.equal(fatal.length, 1)
  assert.match(fatal[0] ?? '', /is encrypted by an algorithm that this server does not have; .*PBEWithMD5AndTripleDES/)
})

test('a password that stands in a file does not count, which is said', async () => {
  const { lines } = await settingsFrom({
    files: { 'cas.properties': `cas.standalone.configuration-security.psw=${PASSWORD}\ncas.server.name=${TRIPLE_DES}` },
  })
  assert.match(lines[0] ?? '', /^warn cas\.standalone\.configuration-security\.psw .* stands in a file, where it does not count/)
  assert.match(lines[1] ?? '', /^error cas\.server\.name .* is encrypted, and there is no password/)
  assert.ok(!lines.join().includes(PASSWORD))
})

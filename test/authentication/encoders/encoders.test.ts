import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PasswordEncoderConfig } from '../../../src/authentication/config.ts'
import { createEncoder } from '../../../src/authentication/encoders/index.ts'
import { passwordQueue } from '../../../src/authentication/password-queue.ts'
import { StartRefusal } from '../../../src/base/start-refusal.ts'
import { processorMs } from '../../support/processor-time.ts'
import { engineWith, linesLog, settingsOf } from '../support.ts'

const queue = passwordQueue({ size: 16 })

function encoderOf(settings: Partial<PasswordEncoderConfig>, { log } = linesLog()) {
  const whole = { ...settingsOf().cas.authn.accept.passwordEncoder, ...settings }
  return createEncoder(whole, {
    key: 'cas.authn.accept.password-encoder',
    queue,
    log,
    configurationDirectory: '/nonexistent',
    scriptTimeoutMs: 50,
  })
}

const HORSE = 'correct horse ä'
const LONG = 'a very much longer text to encrypt.  This one even stretches over morethan one line.'
type Row = readonly [what: string, settings: Partial<PasswordEncoderConfig>, password: string, stored: string]

/** Made by others: Spring's reference manual, PHP, htpasswd, glibc, OpenSSL, Python's hashlib, the reference implementation of Argon2. */
const VECTORS: readonly Row[] = [
  ['NONE', { type: 'NONE' }, HORSE, HORSE],
  ['NONE, by a blank type', { type: ' ' }, 'a', 'a'],
  ['MD5', { type: 'DEFAULT', encodingAlgorithm: 'MD5' }, 'password', '5f4dcc3b5aa765d61d8327deb882cf99'],
  ['SHA', { type: 'DEFAULT', encodingAlgorithm: 'SHA' }, 'password', '5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8'],
  [
    'SHA-256',
    { type: 'default', encodingAlgorithm: 'SHA-256' },
    'password',
    '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8',
  ],
  [
    'SHA-512',
    { type: 'DEFAULT', encodingAlgorithm: 'sha-512' },
    'password',
    'b109f3bbbc244eb82441917ed06d618b9008dd09b3befd1b5e07394c706a8bb980b1d7785e5976ec049b46df5f1326af5a2ea6d103fd07c95385ffab0cacbc86',
  ],
  [
    'SHA-256 of Latin 1',
    { type: 'DEFAULT', encodingAlgorithm: 'SHA-256', characterEncoding: 'ISO-8859-1' },
    'ä',
    '5e1effe9b7bab73dce628ccd9f0cbbb16c1e6efc6c4f311e59992a467bc119fd',
  ],
  [
    'SHA-256 of UTF-16BE',
    { type: 'DEFAULT', encodingAlgorithm: 'SHA-256', characterEncoding: 'UTF-16BE' },
    'ä',
    'f7a129689befc9cf8d659378b73025ce18e91e1450c50e8e88bda1e1bb70d377',
  ],
  [
    'SHA-256 of UTF-16 with its mark',
    { type: 'DEFAULT', encodingAlgorithm: 'SHA-256', characterEncoding: 'UTF-16' },
    'ä',
    'c3bad863a08c69b1a14d570729c64b6f46ec3fe422af7136514255bf99372e2c',
  ],
  [
    'SHA-256 of ASCII, where ä is a question mark',
    { type: 'DEFAULT', encodingAlgorithm: 'SHA-256', characterEncoding: 'US-ASCII' },
    'ä',
    '8a8de823d5ed3e12746a62ef169bcf372be0ca44f0a1236abc35df05d96928e1',
  ],
  ['STANDARD', { type: 'STANDARD' }, HORSE, '00010203040506072ea7fbdf30108c1fb2e8e38d6e973f13b49e6bb49d92a3f21298a1bb01a86c82'],
  [
    'STANDARD with a secret',
    { type: 'STANDARD', secret: 'secret' },
    HORSE,
    '0001020304050607198815f6238f4bbd72f91b7e8b38505916f47f05c9e28e6916d3d4b43cdf5cfe',
  ],
  ['BCRYPT $2y$ of PHP', { type: 'BCRYPT' }, HORSE, '$2y$06$cXDj3OcHtLYSuquH15MBnOhGM/xUj31rvEH0cPpmjafsU/B1FQ0Z.'],
  ['BCRYPT $2y$ of htpasswd', { type: 'BCRYPT' }, HORSE, '$2y$05$9.kkLE0yxhlyVdJn4TlHe.kYGj8HyVShiR3XfQkNcLgHcRGxo.d2S'],
  ['BCRYPT $2a$ of the first implementation', { type: 'BCRYPT' }, 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['BCRYPT of 72 characters', { type: 'BCRYPT' }, 'x'.repeat(72), '$2y$04$WxIxztE0ucD7y9PoBoGB5.UNL4e4ZKFbfVtQjqKrcuUlVXd7WzKba'],
  [
    'SCRYPT as CAS 7.3 makes it',
    { type: 'SCRYPT' },
    HORSE,
    '$100801$AAECAwQFBgcICQoLDA0ODw==$WxLShORSQ/EvFHrNGJwpzxvWeZqGsydIo2J2i2Dbidw=',
  ],
  [
    'SCRYPT as older ones made it',
    { type: 'SCRYPT' },
    HORSE,
    '$e0801$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==$S/K9r8ZmsZIT8ON1LlL4/+YYl7I8qQ9kQvDa+QgO/h0=',
  ],
  ['SCRYPT with p=2', { type: 'SCRYPT' }, HORSE, '$a0802$AAECAwQFBgc=$QrLPkNEYylognfPQlj7a27ZPiiP8MOvsM9iSlziSSEU='],
  [
    'PBKDF2 as CAS 7.3 makes it',
    { type: 'PBKDF2' },
    HORSE,
    '000102030405060708090a0b0c0d0e0fd16690603ff91416b353822d2414b7079491db76ac5e8faa8a7989e96f9922ce',
  ],
  [
    'PBKDF2 with SHA-512 and a secret',
    { type: 'PBKDF2', encodingAlgorithm: 'PBKDF2WithHmacSHA512', iterations: 1000, secret: 'pepper' },
    HORSE,
    '000102030405060708090a0b0c0d0e0f0e87910b229bf2a9e920611051c4d9209c2ffc0286fe4b9954084f6927c40d672377594db86f4e22994c96e1b1692cbc00938562329b37d807fe6b9543d02568',
  ],
  [
    'PBKDF2 with SHA-1 and a short salt',
    { type: 'PBKDF2', encodingAlgorithm: 'PBKDF2WithHmacSHA1', iterations: 185_000, strength: 8 },
    HORSE,
    '00010203040506070dfd0e2846d0c439e78cbc637291c2a6a41142db',
  ],
  [
    'ARGON2 as CAS 7.3 makes it',
    { type: 'ARGON2' },
    HORSE,
    '$argon2id$v=19$m=4096,t=3,p=1$TWtFcGNzbnNCS0hEVENiMw$MOetbtGjhJO+mi4LuF+fDcSjJM96Mn/LuxKYhQEkOXo',
  ],
  [
    'ARGON2 id of PHP',
    { type: 'ARGON2' },
    HORSE,
    '$argon2id$v=19$m=1024,t=2,p=1$dGF5a3Z5dEFDcGFTajRKVw$XE1U3IVFtlpJ6gTKA/fEfOBsUXlNOGjGlpeDAVgzqH8',
  ],
  [
    'ARGON2 i of PHP',
    { type: 'ARGON2' },
    HORSE,
    '$argon2i$v=19$m=1024,t=2,p=1$WUYvdDdOZHVNa2pxZEcwTw$StKDIhSbke2U3Oi2JDMxOWziUmwMz7h/y2VpJG/HFWE',
  ],
  [
    'ARGON2 i of version 16, of the reference implementation',
    { type: 'ARGON2' },
    'password',
    '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
  ],
  ['{SHA} of htpasswd', { type: 'SSHA' }, HORSE, '{SHA}4Lc+MsssgfipbTS7SkbRs/dRLuk='],
  ['{SSHA}', { type: 'SSHA' }, HORSE, '{SSHA}cAWkTL8ngXPhwGWNzj1P9A7J4VJzYWx0c2FsdA=='],
  ['{ssha} in lower case', { type: 'SSHA' }, HORSE, '{ssha}cAWkTL8ngXPhwGWNzj1P9A7J4VJzYWx0c2FsdA=='],
  ['{SSHA256}', { type: 'SSHA' }, HORSE, '{SSHA256}NFeDQsQjbW7y6ziL/WU6AmmBeasWpQMNqHiTWSJv6b1zYWx0c2FsdA=='],
  ['{SSHA384}', { type: 'SSHA' }, HORSE, '{SSHA384}auHq7Fhnba0ikqIEzwD9B7+KzshXdZHugKR+L+ATWj0scMj+b0iWlqWxFsCT/k6pc2FsdHNhbHQ='],
  [
    '{SSHA512}',
    { type: 'SSHA' },
    HORSE,
    '{SSHA512}WSsCB6WBk1Vo48EVm0yXRNqV+DYK1zkQoyh0Rx5Xu1G9GXshTNbS8Nl82LbpvCHh1Q+HV/aGDb2LtzcN+8BuwHNhbHRzYWx0',
  ],
  ['{SHA256}', { type: 'SSHA' }, HORSE, '{SHA256}gJnwaoGF//HZbBJ979sOQUVsTWTHSrBOyhvr6F2bDq0='],
  ['{MD5}', { type: 'SSHA' }, HORSE, '{MD5}s5UCc0ch88GxoLrZrLoEaA=='],
  ['{SMD5}', { type: 'SSHA' }, HORSE, '{SMD5}kd+9nsT9CQu3bPWaBtMAinNhbHRzYWx0'],
  ['$1$ of OpenSSL', { type: 'GLIBC_CRYPT' }, HORSE, '$1$abc$dWAWBnzf0gvV7HF3rHLBv.'],
  ['$1$ of glibc, long', { type: 'GLIBC_CRYPT' }, LONG, '$1$abcdefgh$j37CHvGkiOEUvY/w0I4gw1'],
  ['$1$ without a salt', { type: 'GLIBC_CRYPT' }, LONG, '$1$$gInaTvX6L7ZGpPtGJg1Wq1'],
  ['$5$ of OpenSSL', { type: 'GLIBC_CRYPT' }, HORSE, '$5$abc$sxGx8WI4IBbi46Rxt/hNzX3gvM0JLLBpuHRRRsCcvy1'],
  ['$5$ of its specification', { type: 'GLIBC_CRYPT' }, 'Hello world!', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
  ['$5$ with 1,400 rounds', { type: 'GLIBC_CRYPT' }, LONG, '$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1'],
  [
    '$6$ of its specification',
    { type: 'GLIBC_CRYPT' },
    'Hello world!',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  ],
  [
    '$6$ with 10,000 rounds',
    { type: 'GLIBC_CRYPT' },
    LONG,
    '$6$rounds=10000$saltstringsaltst$kl4GgL6bFeginrkUDPy0K7M2p2jVkynk2Ug1yCde0MeBlwQ2jOxXTtdnkI5QOGxcsaSBPITvt47jnBIzLH763.',
  ],
  [
    '$6$ with 5,000 rounds written out',
    { type: 'GLIBC_CRYPT' },
    'This is just a test',
    '$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0',
  ],
  ['DES of glibc', { type: 'GLIBC_CRYPT' }, 'Hello world!', 'abMbH7WsHr7wQ'],
  ['DES of glibc, one letter', { type: 'GLIBC_CRYPT' }, 'a', '..4/MD05HLWjI'],
  ['DES of glibc, beyond ASCII', { type: 'GLIBC_CRYPT' }, 'pässwört', '9/wUJPX0lIiE6'],
  ['{noop} of Spring’s manual', { type: 'DELEGATING' }, 'password', '{noop}password'],
  [
    '{bcrypt} of Spring’s manual',
    { type: 'DELEGATING' },
    'password',
    '{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG',
  ],
  [
    '{pbkdf2} of Spring’s manual',
    { type: 'DELEGATING' },
    'password',
    '{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4ed4d6b99ca763d8dc',
  ],
  [
    '{scrypt} of Spring’s manual',
    { type: 'DELEGATING' },
    'password',
    '{scrypt}$e0801$8bWJaSu2IKSn9Z9kM+TPXfOc/9bdYSrN1oD9qfVThWEwdRTnO7re7Ei+fUZRJ68k9lTyuTeUp4of4g24hHnazw==$OAOec05+bXxvuu/1qZ6NUR+xQYvYv7BeL1QxwRpY5Pc=',
  ],
  [
    '{sha256} of Spring’s manual',
    { type: 'DELEGATING' },
    'password',
    '{sha256}97cde38028ad898ebc02e690819fa220e88c62e0699403e94fff291cfffaf8410849f27605abcbc0',
  ],
  [
    '{SHA-256} without a salt',
    { type: 'DELEGATING' },
    'password',
    '{SHA-256}5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8',
  ],
  ['{ldap}', { type: 'DELEGATING' }, HORSE, '{ldap}{SSHA}cAWkTL8ngXPhwGWNzj1P9A7J4VJzYWx0c2FsdA=='],
  ['{SSHA} as its own name', { type: 'DELEGATING' }, HORSE, '{SSHA}cAWkTL8ngXPhwGWNzj1P9A7J4VJzYWx0c2FsdA=='],
]

for (const [what, settings, password, stored] of VECTORS) {
  test(`${what}: a value made elsewhere matches its password and no other`, async () => {
    const encoder = await encoderOf(settings)
    assert.equal(await encoder.matches(password, stored), true)
    assert.equal(await encoder.matches(`_${password}`, stored), false)
    assert.equal(await encoder.matches('', stored), false)
  })
}

const MAKES: readonly (readonly [Partial<PasswordEncoderConfig>, RegExp])[] = [
  [{ type: 'DEFAULT', encodingAlgorithm: 'SHA-256' }, /^[0-9a-f]{64}$/],
  [{ type: 'STANDARD' }, /^[0-9a-f]{80}$/],
  [{ type: 'BCRYPT', strength: 4 }, /^\$2[aby]\$04\$/],
  [{ type: 'PBKDF2', iterations: 1000 }, /^[0-9a-f]{96}$/],
  [{ type: 'SCRYPT' }, /^\$100801\$.{24}\$.{44}$/],
  [{ type: 'ARGON2', hashLength: 32 }, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$.{22}\$.{43}$/],
  [{ type: 'SSHA' }, /^\{SSHA\}/],
  [{ type: 'GLIBC_CRYPT' }, /^\$6\$.{16}\$.{86}$/],
  [{ type: 'GLIBC_CRYPT', encodingAlgorithm: 'SHA-256' }, /^\$5\$.{16}\$.{43}$/],
  [{ type: 'GLIBC_CRYPT', encodingAlgorithm: '1' }, /^\$1\$.{8}\$.{22}$/],
  [{ type: 'GLIBC_CRYPT', encodingAlgorithm: 'DES' }, /^[./A-Za-z0-9]{13}$/],
  [{ type: 'DELEGATING', strength: 4 }, /^\{bcrypt\}\$2/],
]

for (const [settings, form] of MAKES) {
  test(`${settings.type} ${settings.encodingAlgorithm ?? ''} makes values that it takes back, with a salt of their own`, async () => {
    const encoder = await encoderOf(settings)
    const one = await encoder.encode('pässword')
    assert.match(one, form)
    assert.equal(await encoder.matches('pässword', one), true)
    assert.equal(await encoder.matches('password', one), false)
    if (settings.type !== 'DEFAULT') assert.notEqual(await encoder.encode('pässword'), one)
  })
}

const GARBAGE = [
  '',
  '$',
  '$2a$99$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG',
  '$2a$10$short',
  '$argon2id$v=19$m=99999999,t=9,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
  '$argon2id$v=19$m=0,t=0,p=0$$',
  '$1ffffff$AAAA$AAAA',
  '$180801$AAECAwQFBgc=$QrLPkNEYylognfPQlj7a27ZPiiP8MOvsM9iSlziSSEU=',
  '$5$',
  '$6$rounds=999999999999$x$y',
  '{SSHA}',
  '{SSHA}!!!',
  '{SHA}cAWkTL8ngXPhwGWNzj1P9A7J4VJzYWx0c2FsdA==',
  '{nope}x',
  '{constructor}x',
  'zz',
  'a'.repeat(100_000),
  '\u0000',
]

for (const type of ['NONE', 'DEFAULT', 'STANDARD', 'BCRYPT', 'SCRYPT', 'PBKDF2', 'ARGON2', 'SSHA', 'GLIBC_CRYPT', 'DELEGATING']) {
  test(`${type}: a stored value of another form is no match and no error`, async () => {
    const encoder = await encoderOf({ type, ...(type === 'DEFAULT' ? { encodingAlgorithm: 'SHA-1' } : {}) })
    for (const stored of GARBAGE) assert.equal(await encoder.matches('Mellon', stored), false, stored.slice(0, 40))
  })
}

test('of a password longer than 72 bytes bcrypt sees 72, and the log says so once', async () => {
  const { log, lines } = linesLog()
  const encoder = await encoderOf({ type: 'BCRYPT', strength: 4 }, { log, lines })
  const stored = '$2y$04$WxIxztE0ucD7y9PoBoGB5.UNL4e4ZKFbfVtQjqKrcuUlVXd7WzKba'
  assert.equal(await encoder.matches(`${'x'.repeat(72)}anything`, stored), true)
  assert.equal(await encoder.matches(`${'x'.repeat(72)}else`, stored), true)
  assert.equal(await encoder.matches('x'.repeat(71), stored), false)
  assert.equal(lines.filter(({ msg, level }) => level === 40 && /72 bytes/.test(msg)).length, 1)
})

test('a stored value that would stop the server is refused at once, and the log says so once', async () => {
  const COSTLY: readonly (readonly [string, string])[] = [
    ['BCRYPT', '$2a$31$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG'],
    ['ARGON2', '$argon2id$v=19$m=65536,t=9999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'],
    ['SCRYPT', '$180801$AAECAwQFBgc=$QrLPkNEYylognfPQlj7a27ZPiiP8MOvsM9iSlziSSEU='],
    ['GLIBC_CRYPT', '$6$rounds=999999999$saltstring$x'],
  ]
  for (const [type, stored] of COSTLY) {
    const { log, lines } = linesLog()
    const encoder = await encoderOf({ type }, { log, lines })
    const spent = await processorMs(async () => {
      for (let time = 0; time < 3; time++) assert.equal(await encoder.matches('password', stored), false)
    })
    assert.ok(spent < 1000, `${spent} ms`)
    assert.equal(lines.filter(({ level }) => level === 50).length, 1, type)
  }
})

test('a zero byte does not end a password', async () => {
  for (const type of ['BCRYPT', 'ARGON2', 'SSHA']) {
    const encoder = await encoderOf({ type, strength: 8 })
    const stored = await encoder.encode('a\u0000b')
    assert.equal(await encoder.matches('a', stored), false, type)
    assert.equal(await encoder.matches('a\u0000c', stored), false, type)
  }
})

test('an encoder nobody knows stops the start, with the setting and the way out', async () => {
  const REFUSED: readonly (readonly [Partial<PasswordEncoderConfig>, RegExp])[] = [
    [{ type: 'org.example.MyEncoder' }, /^cas\.authn\.accept\.password-encoder\.type .*matches\(raw, encoded\)/],
    [{ type: 'file:/etc/cas/Encoder.groovy' }, /Encoder\.mjs/],
    [{ type: 'file:/nonexistent/encoder.mjs' }, /cannot be loaded/],
    [{ type: 'DEFAULT' }, /encoding-algorithm must be a digest/],
    [{ type: 'DEFAULT', encodingAlgorithm: 'SHA-256', characterEncoding: 'EBCDIC' }, /character-encoding must be/],
    [{ type: 'PBKDF2', encodingAlgorithm: 'HmacMD5' }, /encoding-algorithm must be PBKDF2WithHmac/],
    [{ type: 'DELEGATING', encodingAlgorithm: 'rot13' }, /encoding-algorithm must be one of noop/],
  ]
  for (const [settings, message] of REFUSED) {
    await assert.rejects(encoderOf(settings), (error) => error instanceof StartRefusal && message.test(error.message))
  }
})

test('a module of the operator can be the encoder; only true is a match', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'encoder-'))
  const path = join(folder, 'encoder.mjs')
  await writeFile(
    path,
    'export const encode = (raw) => raw + "!"\nexport const matches = async (raw, encoded) => raw === "odd" ? "yes" : encode(raw) === encoded',
  )
  const encoder = await encoderOf({ type: `file:${path}` })
  assert.equal(await encoder.encode('a'), 'a!')
  assert.equal(await encoder.matches('a', 'a!'), true)
  assert.equal(await encoder.matches('odd', 'odd!'), false)
})

test('a module that throws or never answers is a source out of order; the other handlers are still asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'encoder-'))
  const path = join(folder, 'encoder.mjs')
  await writeFile(
    path,
    'export const encode = (raw) => raw\nexport const matches = (raw) => { if (raw === "throw") throw new Error("broken"); return new Promise(() => {}) }',
  )
  const users = join(folder, 'users.txt')
  await writeFile(users, 'user1::throw\nuser2::hang\n')
  const { login, lines } = await engineWith({
    'cas.authn.accept.users': 'user1::x',
    'cas.authn.accept.passwordEncoder.type': path,
    'cas.authn.file.filename': users,
    'castellan.scripts.timeout': 'PT0.05S',
  })
  for (const [name, password] of [
    ['user1', 'throw'],
    ['user2', 'hang'],
  ] as const) {
    const outcome = await login(name, password)
    assert.ok(outcome.kind === 'authenticated')
    assert.deepEqual(outcome.authentication.failures, { 'Static Credentials': 'PreventedException' })
  }
  assert.deepEqual(
    lines.filter(({ level }) => level === 50).map(({ cause }) => cause),
    ['broken', `${path} did not answer within 50 ms`],
  )
})

test('a stored password whose encoder nobody knows never matches, and the log says so once', async () => {
  const { log, lines } = linesLog()
  const encoder = await encoderOf({ type: 'DELEGATING' }, { log, lines })
  assert.equal(await encoder.matches('Mellon', 'Mellon'), false)
  assert.equal(await encoder.matches('Mellon', '{rot13}Zryyba'), false)
  assert.equal(lines.filter(({ level }) => level === 40).length, 1)
  assert.doesNotMatch(JSON.stringify(lines), /Mellon|Zryyba/)
})

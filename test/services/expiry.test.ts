import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseExpirationDate } from '../../src/services/definitions/expiration-date.ts'
import { definition, NOW, openWorld, until } from './world.ts'

const expiring = (expirationDate: unknown, more: object = {}) => ({
  expirationPolicy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy', expirationDate, ...more },
})

/** text, moment (services.md 10). */
const DATES: readonly (readonly [string, string | undefined])[] = [
  ['2026-03-01T10:15:30Z', '2026-03-01T10:15:30.000Z'],
  ['2026-03-01T10:15:30.123+02:00', '2026-03-01T08:15:30.123Z'],
  ['2026-03-01T10:15:30+01:00[Europe/Paris]', '2026-03-01T09:15:30.000Z'],
  ['2026-03-01T10:15:30', '2026-03-01T10:15:30.000Z'],
  ['2026-03-01T10:15', '2026-03-01T10:15:00.000Z'],
  ['03/01/2026 04:30 PM', '2026-03-01T16:30:00.000Z'],
  ['03/01/2026 4:30 pm', '2026-03-01T16:30:00.000Z'],
  ['03/01/2026 12:30 AM', '2026-03-01T00:30:00.000Z'],
  ['03/01/2026 18:45', '2026-03-01T18:45:00.000Z'],
  ['03/01/2026', '2026-03-01T00:00:00.000Z'],
  ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ['1772366400000', '2026-03-01T12:00:00.000Z'],
  ['2026-02-30', undefined],
  ['13/01/2026', undefined],
  ['03/01/2026 13:30 PM', undefined],
  ['2026-03-01T25:00', undefined],
  ['tomorrow', undefined],
]

for (const [text, expected] of DATES) {
  test(`the date ${text} means ${expected ?? 'nothing'}`, () => {
    const ms = parseExpirationDate(text, 'UTC')
    assert.equal(ms === undefined ? undefined : new Date(ms).toISOString(), expected)
  })
}

test('a date without a zone is read in the zone of the setting, in summer and in winter', () => {
  assert.equal(parseExpirationDate('2026-07-01', 'Europe/Paris'), Date.UTC(2026, 5, 30, 22))
  assert.equal(parseExpirationDate('2026-01-01', 'Europe/Paris'), Date.UTC(2025, 11, 31, 23))
  assert.equal(parseExpirationDate('2026-01-01', 'Nowhere/Town'), undefined)
})

test('an expired definition stays and is refused, with one line in the log', async () => {
  await using world = await openWorld({ files: { 'Old-5.json': definition(5, 'Old', '^https://old/.*', expiring('2020-01-01')) } })
  const finding = world.find('https://old/')
  assert.equal(finding.kind === 'refused' && finding.reason, 'expired')
  assert.equal(finding.kind === 'refused' && finding.messageKey, 'screen.service.expired.message')
  world.find('https://old/')
  await world.services.reload()
  assert.deepEqual(world.messages('warn'), ['Registered service [^https://old/.*] has expired on [2020-01-01]'])
  assert.ok(existsSync(join(world.directory, 'Old-5.json')))
  assert.equal(world.services.byId('5')?.expiresAtMs, Date.UTC(2020, 0, 1))
  assert.deepEqual(
    world.expired.map(({ deleted }) => deleted),
    [false],
  )
})

test('a date without a time ends at the first moment of the day', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*', expiring('2026-03-02')) } })
  assert.equal(world.ask('https://app/'), 'found App')
  world.setNow(Date.UTC(2026, 2, 2) - 1)
  assert.equal(world.ask('https://app/'), 'found App')
  world.setNow(Date.UTC(2026, 2, 2))
  assert.equal(world.ask('https://app/'), 'expired')
})

test('expiry is evaluated at the start: the definition to be deleted is gone, its file included [A17]', async () => {
  await using world = await openWorld({
    files: {
      'Sample-100.json': {
        '@class': 'org.apereo.cas.services.RegexRegisteredService',
        serviceId: '^https://app.example.org',
        name: 'Sample',
        id: 100,
        contacts: [
          'java.util.ArrayList',
          [{ '@class': 'org.apereo.cas.services.DefaultRegisteredServiceContact', name: 'Owner', phone: '+11234567890' }],
        ],
        ...expiring('2019-09-22', { notifyWhenExpired: true, deleteWhenExpired: true }),
      },
    },
  })
  assert.equal(existsSync(join(world.directory, 'Sample-100.json')), false)
  assert.ok(await until(() => world.services.all().length === 0))
  assert.equal(world.ask('https://app.example.org'), 'empty-registry')
  const said = world.messages('warn', 'info').filter((message) => message.includes('[^https://app.example.org]'))
  assert.deepEqual(said, [
    'Registered service [^https://app.example.org] has expired on [2019-09-22]',
    'Contacts for registered service [^https://app.example.org] will be notified of service expiry',
    'Deleting expired registered service [^https://app.example.org] from registry.',
  ])
  assert.deepEqual(
    world.audit.records.map(({ action }) => action),
    ['SERVICE_EXPIRED', 'DELETE_SERVICE_SUCCESS'],
  )
  assert.deepEqual(
    world.expired.map(({ deleted, notifyWhenExpired, service }) => [deleted, notifyWhenExpired, service.id]),
    [
      [false, true, '100'],
      [true, true, '100'],
    ],
  )
})

test('the request that discovers the end of a definition to be deleted finds it unknown, as all later ones', async () => {
  await using world = await openWorld({
    files: {
      'App-1.json': definition(1, 'App', '^https://app/.*', expiring('2026-03-02', { deleteWhenExpired: true })),
      'All-2.json': definition(2, 'All', '^https://.*', { evaluationOrder: 9 }),
    },
  })
  world.setNow(Date.UTC(2026, 2, 2))
  assert.equal(world.ask('https://app/'), 'unregistered')
  assert.equal(world.services.byId('1'), undefined)
  assert.ok(await until(() => world.ask('https://app/') === 'found All'))
  assert.deepEqual(
    world.audit.records.map(({ action }) => action),
    ['SERVICE_EXPIRED', 'DELETE_SERVICE_SUCCESS'],
  )
})

test('the end of a definition acts on time without any request', async () => {
  await using world = await openWorld({
    nowMs: Date.UTC(2026, 2, 2) - 50,
    files: { 'App-1.json': definition(1, 'App', '^https://app/.*', expiring('2026-03-02', { deleteWhenExpired: true })) },
  })
  world.setNow(Date.UTC(2026, 2, 2))
  assert.ok(await until(() => !existsSync(join(world.directory, 'App-1.json'))))
})

test('a file that was prolonged at the last moment is not deleted', async () => {
  await using world = await openWorld({
    files: { 'App-1.json': definition(1, 'App', '^https://app/.*', expiring('2026-03-02', { deleteWhenExpired: true })) },
  })
  world.write('App-1.json', definition(1, 'App', '^https://app/.*', expiring('2027-03-02', { deleteWhenExpired: true })))
  world.setNow(Date.UTC(2026, 2, 2))
  world.find('https://app/')
  assert.ok(await until(() => world.ask('https://app/') === 'found App'))
  assert.ok(existsSync(join(world.directory, 'App-1.json')))
  assert.deepEqual(
    world.audit.records.map(({ action }) => action),
    ['SERVICE_EXPIRED'],
  )
})

test('a definition whose file cannot be deleted is refused all the same, and said to be so once', async () => {
  await using world = await openWorld({
    files: {
      'two.json': [
        definition(1, 'App', '^https://app/.*', expiring('2026-01-01', { deleteWhenExpired: true })),
        definition(2, 'Other', '^https://other/.*'),
      ],
    },
  })
  assert.equal(world.ask('https://app/'), 'unregistered')
  assert.equal(world.ask('https://app/'), 'unregistered')
  assert.equal(world.ask('https://other/'), 'found Other')
  assert.equal(world.messages('error').length, 1)
  assert.match(world.messages('error')[0] ?? '', /cannot be deleted \(two\.json holds several definitions\); it stays refused/)
  assert.deepEqual(
    world.audit.records.map(({ action }) => action),
    ['SERVICE_EXPIRED', 'DELETE_SERVICE_FAILED'],
  )
})

test('a date that is none is an error, and the definition does not expire', async () => {
  await using world = await openWorld({
    files: { 'App-1.json': definition(1, 'App', '^https://app/.*', expiring('someday', { deleteWhenExpired: true })) },
  })
  assert.equal(world.ask('https://app/'), 'found App')
  assert.match(world.messages('error')[0] ?? '', /^App-1\.json:1:\d+: the expirationDate "someday" is none/)
})

test('the date may be typed as Java does', async () => {
  await using world = await openWorld({
    files: {
      'A-1.json': definition(1, 'A', '^https://a/.*', expiring(['java.time.LocalDate', '2026-02-01'])),
      'B-2.json': definition(2, 'B', '^https://b/.*', expiring(NOW - 1)),
      'C-3.json': definition(3, 'C', '^https://c/.*', expiring('')),
    },
  })
  assert.deepEqual(
    ['a', 'b', 'c'].map((host) => world.ask(`https://${host}/`)),
    ['expired', 'expired', 'found C'],
  )
})

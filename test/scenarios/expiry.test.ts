// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of messages
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { type Castellan, eventually, startCastellan, writeConfiguration } from '../support/castellan.ts'
import { ACCOUNT, type FakeTwilio, startTwilio, TOKEN } from '../support/twilio.ts'

/** A service ends and its contacts are told, as the people who run the server see it. */
const sample = (expirationDate = '2019-09-22') => `{
  "@class" : "org.apereo.cas.services.RegexRegisteredService",
  "serviceId" : "^https://app.example.org",
  "name" : "Sample",
  "id" : 100,
  "contacts": [
    "java.util.ArrayList", [
      {
        "@class": "org.apereo.cas.services.DefaultRegisteredServiceContact",
        "name": "John Smith",
        "phone": "+11234567890"
      }
    ]
  ],
  "expirationPolicy": {
    "@class": "org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy",
    "notifyWhenExpired": true,
    "deleteWhenExpired": true,
    "expirationDate": "${expirationDate}"
  }
}`

/** The settings as the tutorial for CAS 6.1 has them, and where Twilio is. */
const oldSettings = (twilio: FakeTwilio) => ({
  'cas.smsProvider.twilio.accountId': ACCOUNT,
  'cas.smsProvider.twilio.token': TOKEN,
  'cas.serviceRegistry.sms.from': '1234567890',
  'cas.serviceRegistry.sms.text': 'The service %s is expired and removed from CAS.',
  'castellan.sms.twilio.base-url': twilio.url,
})

const lines = (cas: Castellan) => cas.logs().filter(({ msg }) => msg.includes('[^https://app.example.org]'))
const bodies = (twilio: FakeTwilio) => twilio.messages.map(({ body }) => body)
const open = async (cas: Castellan) => (await new BrowserClient().get(loginUrl(cas.url, { service: 'https://app.example.org' }))).status

test('the tutorial about expiring services, line by line [N2, N3, N4, N5, N6, N7, N8, N9, N10, N11, A15, A16, A17, A18, CF18]', async () => {
  await using twilio = await startTwilio()
  const env = { NODE_EXTRA_CA_CERTS: twilio.authority.file }
  const directory = await writeConfiguration({ properties: oldSettings(twilio), services: { 'Sample-100.json': sample() } })
  const file = join(directory, 'services/Sample-100.json')
  const run = () => startCastellan({ configDirectory: directory, env })
  {
    await using cas = await run()
    await eventually('one message', () => twilio.messages.length === 1 || undefined, 10_000)
    assert.deepEqual(
      lines(cas).map(({ level, msg }) => [level, msg]),
      [
        [40, 'Registered service [^https://app.example.org] has expired on [2019-09-22]'],
        [30, 'Contacts for registered service [^https://app.example.org] will be notified of service expiry'],
        [30, 'Deleting expired registered service [^https://app.example.org] from registry.'],
      ],
    )
    assert.equal(existsSync(file), false)
    assert.equal(await open(cas), 403)
    const [post] = twilio.posts
    assert.deepEqual(
      { method: post?.method, path: post?.path, form: Object.fromEntries(post?.form ?? []) },
      {
        method: 'POST',
        path: `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
        form: { To: '+11234567890', From: '1234567890', Body: 'The service Sample is expired and removed from CAS.' },
      },
    )
    assert.equal(post?.headers.accept, 'application/json')
    const all = JSON.stringify(cas.logs())
    assert.ok(!all.includes(TOKEN) && !all.includes('+11234567890'), 'no secret and no number in the log')
    const audited = await cas.logged((line) => line['action'] === 'NOTIFICATION_SENT')
    assert.match(audited.msg, /WHAT: \{channel=sms, provider=twilio, to=\+11\*+7890, service=Sample, action=expired, id=SM\w+\}/)
    assert.equal(await cas.stop(), 0)
  }
  for (let restart = 0; restart < 3; restart++) {
    // The file comes back from a backup.
    if (restart > 0) await writeFile(file, sample())
    await using cas = await run()
    await eventually('the file is gone', () => !existsSync(file) || undefined)
    await cas.stop()
  }
  assert.equal(twilio.posts.length, 1)
  await writeFile(file, sample('2019-09-23'))
  {
    await using cas = await run()
    await eventually('a message about the new date', () => twilio.messages.length === 2 || undefined)
    await cas.stop()
  }
  assert.deepEqual(bodies(twilio), Array(2).fill('The service Sample is expired and removed from CAS.'))
})

test('two servers that start at the same moment over one directory send one message', async () => {
  await using twilio = await startTwilio()
  const env = { NODE_EXTRA_CA_CERTS: twilio.authority.file }
  for (let run = 1; run <= 4; run++) {
    const directory = await writeConfiguration({ properties: oldSettings(twilio), services: { 'Sample-100.json': sample() } })
    const other = `--castellan.state.directory=${join(directory, 'state-of-the-other')}`
    {
      const both = await Promise.all([
        startCastellan({ configDirectory: directory, env }),
        startCastellan({ configDirectory: directory, env, args: [other] }),
      ])
      await using _one = both[0]
      await using _two = both[1]
      await eventually('a message', () => twilio.messages.length >= run || undefined)
    }
    assert.equal(twilio.posts.length, run)
    await rm(directory, { recursive: true, force: true })
  }
})

test('a service that is kept is told of once, over reloads each second and many logins; the page says that it has expired', async () => {
  await using twilio = await startTwilio()
  await using cas = await startCastellan({
    properties: {
      ...oldSettings(twilio),
      'cas.serviceRegistry.sms.text': undefined,
      'cas.service-registry.sms.text': 'The service ${service} is over.',
      'cas.service-registry.schedule.repeat-interval': 'PT0.2S',
      'cas.service-registry.schedule.start-delay': 'PT0.1S',
    },
    services: { 'Sample-100.json': sample().replace('"deleteWhenExpired": true', '"deleteWhenExpired": false') },
    env: { NODE_EXTRA_CA_CERTS: twilio.authority.file },
  })
  assert.deepEqual(
    cas.logs().filter(({ level, msg }) => level >= 40 && msg.includes('service-registry')),
    [],
  )
  for (let login = 0; login < 50; login++) assert.equal(await open(cas), 403)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  assert.deepEqual(bodies(twilio), ['The service Sample is over.'])
  assert.equal(twilio.posts.length, 1)
})

test('a message that a wrong token held back leaves after the token was corrected and the server restarted', async () => {
  await using twilio = await startTwilio()
  const env = { NODE_EXTRA_CA_CERTS: twilio.authority.file }
  const directory = await writeConfiguration({ properties: oldSettings(twilio), services: { 'Sample-100.json': sample() } })
  {
    await using cas = await startCastellan({ configDirectory: directory, env, args: ['--cas.smsProvider.twilio.token=wrong'] })
    await cas.logged(({ msg }) => msg.startsWith('Nothing can be sent by sms as it is configured: 20003'))
    assert.equal(existsSync(join(directory, 'services/Sample-100.json')), false)
    assert.equal(await open(cas), 403)
    assert.equal((await fetch(`${cas.url}/actuator/health`)).status, 503)
    await cas.stop()
  }
  await using cas = await startCastellan({ configDirectory: directory, env })
  await eventually('the message', () => twilio.messages.length === 1 || undefined)
  assert.equal((await fetch(`${cas.url}/actuator/health`)).status, 200)
  await cas.stop()
  await rm(directory, { recursive: true, force: true })
})

test('providers of CAS that are not built are named at the start, each with the setting that asks for it', async () => {
  await using twilio = await startTwilio({ plain: true })
  const properties = {
    ...oldSettings(twilio),
    'cas.smsProvider.clickatell.token': 'a-token',
    'cas.sms-provider.sns.region': 'eu-west-1',
    'cas.email-provider.ses.region': 'eu-west-1',
  }
  await using cas = await startCastellan({ properties })
  const errors = cas.logs().filter(({ level, msg }) => level === 50 && msg.includes('not built'))
  assert.deepEqual(
    errors.map(({ msg }) => msg),
    [
      'SMS cannot be sent through Clickatell, for which cas.sms-provider.clickatell.token is set: it is not built here. The other way that is configured is used.',
      'SMS cannot be sent through Amazon SNS, for which cas.sms-provider.sns.region is set: it is not built here. The other way that is configured is used.',
      'Mails cannot be sent through Amazon SES, for which cas.email-provider.ses.region is set: it is not built here. Nothing is sent; use SMTP (spring.mail.*).',
    ],
  )
})

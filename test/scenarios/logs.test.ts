import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { eventually, startCastellan } from '../support/castellan.ts'

const admin = { authorization: `Basic ${btoa('admin:s3cret')}` }

test('a server writes its files, begins them anew after a signal, and ends when an operator says so', async () => {
  await using server = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'user1::a-password-nobody-sees',
      'logging.file.name': 'file:{dir}/logs/cas.log',
      'logging.pattern.file': '%d %p [%c] - <%m>%n',
      'server.tomcat.accesslog.directory': '{dir}/logs',
      'spring.security.user.name': 'admin',
      'spring.security.user.password': 's3cret',
      'management.endpoint.shutdown.access': 'UNRESTRICTED',
      'management.endpoint.logfile.access': 'READ_ONLY',
      'management.endpoints.web.exposure.include': 'shutdown,logfile',
      'cas.monitor.endpoints.endpoint.defaults.access': 'AUTHENTICATED',
    },
  })
  const logs = join(server.configDirectory, 'logs')
  const main = join(logs, 'cas.log')
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  const accessFile = () => readdirSync(logs).find((name) => name.startsWith('access_log.')) ?? ''

  const browser = new BrowserClient()
  await browser.login(server.url, 'user1', 'a-password-nobody-sees')
  await eventually('the login is in both files', () =>
    read(main).includes('AUTHENTICATION_SUCCESS') && read(join(logs, accessFile())).includes('"POST /cas/login') ? true : undefined,
  )
  assert.match(read(main), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO \[castellan\] - <READY at /m)
  assert.match(
    read(join(logs, accessFile())),
    /^\[\d\d\/\w{3}\/\d{4}:[\d:]+ \+0000\] 127\.0\.0\.1 "POST \/cas\/login\S* HTTP\/1\.1" \d{3} \(\d+ ms\)$/m,
  )
  const shown = await (await fetch(`${server.url}/actuator/logfile`, { headers: admin })).text()
  assert.match(shown, /READY at /)
  assert.doesNotMatch(`${read(main)}${read(join(logs, accessFile()))}${shown}`, /a-password-nobody-sees|s3cret/)

  renameSync(main, join(logs, 'cas.log.1'))
  process.kill(server.pid, 'SIGHUP')
  await browser.get(`${server.url}/login`)
  await eventually('the log goes on in a new file', () => (read(main).includes('/cas/login') ? true : undefined))

  const bye = await fetch(`${server.url}/actuator/shutdown`, { method: 'POST', headers: admin })
  assert.deepEqual(await bye.json(), { message: 'Shutting down, bye...' })
  await server.logged((line) => line.msg === 'stopped')
  assert.equal(await server.stop(), 0)
  assert.match(read(main), /<stopped>/)
})

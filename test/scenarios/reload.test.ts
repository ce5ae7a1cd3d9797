import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'

const SOON = 30_000
const SERVICE = 'https://app.example.org/'

const settings = {
  'cas.authn.accept.users': 'user1::password1',
  'management.endpoint.health.show-details': 'always',
}
const services = { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') }

const mark = async ({ url }: Castellan) => (await fetch(`${url}/login`)).headers.get('x-mark')
const health = async ({ url }: Castellan) =>
  (await (await fetch(`${url}/actuator/health`)).json()) as {
    readonly status: string
    readonly components: Record<string, { status: string; details?: object }>
  }
const becomes = (server: Castellan, value: string | null) =>
  eventually(`the header is ${value}`, async () => ((await mark(server)) === value ? true : undefined), SOON)

test('changed files act without a restart; sessions go on; a broken file leaves the settings before in force', async () => {
  await using server = await startCastellan({ properties: settings, services })
  const file = join(server.configDirectory, 'cas.properties')
  const first = readFileSync(file, 'utf8')
  const browser = new BrowserClient()
  await browser.login(server.url, 'user1', 'password1')
  const hasSession = async () =>
    (await browser.get(loginUrl(server.url, { service: SERVICE }))).location?.startsWith(`${SERVICE}?ticket=ST-`)
  assert.ok(await hasSession())

  // A file that was not there before.
  writeFileSync(join(server.configDirectory, 'cas-standalone.yml'), 'cas.http-web-request.custom-headers.X-Mark: one\n')
  await becomes(server, 'one')
  assert.ok(await hasSession())

  // The log too.
  writeFileSync(
    join(server.configDirectory, 'cas-standalone.yml'),
    'cas.http-web-request.custom-headers.X-Mark: one\nlogging.level.root: debug\n',
  )
  await server.logged(({ level }) => level === 20, SOON)

  // Broken: what was before stays, health and log say so.
  writeFileSync(file, `${first}cas.http-web-request.custom-headers.X-Mark=two\ncas.ticket.st.number-of-uses=many\n`)
  const line = await server.logged(({ level, msg }) => level === 50 && msg.includes('those before stay in force'), SOON)
  assert.match(String(line['reasons']), /cas\.ticket\.st\.number-of-uses \(.*cas\.properties:\d+:30\) must be a whole number, found "many"/)
  assert.equal(await mark(server), 'one')
  const warned = await eventually(
    'health says so',
    async () => ((await health(server)).components['config']?.status === 'WARN' ? health(server) : undefined),
    SOON,
  )
  assert.equal(warned.status, 'WARN')
  assert.ok(await hasSession())

  // Mended, by replacing the file as editors do; a port cannot change while the server runs.
  writeFileSync(`${file}~`, first.replace('server.port=0', 'server.port=1'))
  rmSync(join(server.configDirectory, 'cas-standalone.yml'))
  renameSync(`${file}~`, file)
  await becomes(server, null)
  await server.logged((one) => String(one['restartRequired']) === 'server.port', SOON)
  const mended = await eventually(
    'health is well',
    async () => ((await health(server)).components['config']?.status === 'UP' ? health(server) : undefined),
    SOON,
  )
  assert.deepEqual(mended.components['config']?.details, { restartRequired: ['server.port'] })
  assert.ok(await hasSession())
  assert.equal(await server.stop(), 0)
})

test('a mounted folder that Kubernetes switches to another version acts without a restart', async () => {
  await using server = await startCastellan({
    files: {
      'mount/..v1/x.yml': 'cas.http-web-request.custom-headers.X-Mark: one\n',
      'mount/..v2/x.yml': 'cas.http-web-request.custom-headers.X-Mark: two\n',
    },
    properties: { 'spring.config.import': 'optional:file:{dir}/mount/x.yml' },
  })
  const mount = join(server.configDirectory, 'mount')
  const switchTo = (version: string) => {
    symlinkSync(version, join(mount, '..data_tmp'))
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
  }
  switchTo('..v1')
  symlinkSync('..data/x.yml', join(mount, 'x.yml'))
  await becomes(server, 'one')
  switchTo('..v2')
  await becomes(server, 'two')
})

test('files are not followed where the setting says so, and read when somebody asks', async () => {
  await using server = await startCastellan({
    properties: {
      'cas.events.core.track-configuration-modifications': false,
      'cas.http-web-request.custom-headers.X-Mark': 'one',
      'management.endpoints.web.exposure.include': 'health,refresh',
      'management.endpoint.refresh.access': 'unrestricted',
      'cas.monitor.endpoints.endpoint.refresh.access': 'AUTHENTICATED',
      'spring.security.user.name': 'ops',
      'spring.security.user.password': '0ps-pass',
    },
  })
  const { configDirectory } = server
  mkdirSync(join(configDirectory, 'conf.d'))
  writeFileSync(join(configDirectory, 'conf.d/a.yml'), 'cas.http-web-request.custom-headers.X-Mark: two\n')
  // Longer than the time of quiet after which a change is looked at.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  assert.equal(await mark(server), 'one')

  // Somebody who asks for it gets it at once.
  const refresh = () =>
    fetch(`${server.url}/actuator/refresh`, { method: 'POST', headers: { authorization: `Basic ${btoa('ops:0ps-pass')}` } })
  assert.deepEqual(await (await refresh()).json(), ['cas.http-web-request.custom-headers'])
  assert.equal(await mark(server), 'two')
  assert.deepEqual(await (await refresh()).json(), [])
})

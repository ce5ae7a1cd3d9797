/** A server without its pages, for tests that kill it: services and notifications over a folder, until it is told to stop or killed. */
import { systemClock } from '../../src/base/clock.ts'
import { createLog, silentLog } from '../../src/base/log.ts'
import { type Settings, schema } from '../../src/config/schema.ts'
import { createNotifications } from '../../src/notifications/index.ts'
import { createServices, definitionsDirectory } from '../../src/services/index.ts'
import { settingsOf } from '../support/settings.ts'

const { directory, overrides } = JSON.parse(process.argv[2] ?? '') as { directory: string; overrides: Record<string, unknown> }
const settings = settingsOf<Settings>(schema, overrides)
const log = process.env['CASTELLAN_TEST_LOG'] ? createLog() : silentLog
const common = { settings, clock: systemClock, log, audit: { record() {}, async close() {} }, configurationDirectory: directory }
process.stdout.write('begins\n')
const notifications = await createNotifications({
  ...common,
  stateDirectory: `${directory}/state`,
  servicesDirectory: definitionsDirectory(settings),
  version: '0',
  timings: { lookupAfterMs: [150, 400], pollMs: 100, probeMs: 200 },
})
const services = await createServices({
  ...common,
  profiles: [],
  defaultAttributesToRelease: [],
  hostName: 'node',
  notices: notifications.expiry,
})
await notifications.start()
let ending = false
process.on('SIGTERM', async () => {
  ending = true
  await services.close()
  await notifications.close()
  process.exit(0)
})
while (!ending) {
  const { records, counts } = await notifications.overview()
  if (records.length > 0 && counts.held + counts.pending + counts.sending + counts.uncertain === 0) process.stdout.write('idle\n')
  await new Promise((resolve) => setTimeout(resolve, 50))
}

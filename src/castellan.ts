import type { Hono } from 'hono'
import { type RoomParts, wire } from './app.ts'
import type { LoadedConfiguration } from './config/index.ts'
import { openGenerations, type Reloaded, type Reloading, type Rereading, wholly } from './generations.ts'
import { type Env, listen, openAccessFiles, type Ports, serverPrefix } from './http/index.ts'
import { keptParts } from './kept.ts'
import { atOwnPort, ownPortSettings } from './management/index.ts'

export interface CastellanParts extends RoomParts {
  /** How settings are read again; without it they stay as they are. */
  readonly rereading?: Rereading
}

export interface Castellan {
  /** Answers requests without a port, for tests; that of the settings in force. */
  readonly app: Hono<Env>
  /** Opens the ports. @throws {StartRefusal} when one is not to be had. */
  start(): Promise<{ readonly urls: readonly string[]; readonly prefix: string }>
  /** Reads the settings again and exchanges all rooms but the ticket store and the ports for those of the new settings (configuration.md 12). */
  reload(): Promise<Reloaded>
  /** Opens log files of its own anew, after somebody has put them aside. */
  reopenLogs(): void
  /** Finishes what runs, within the time configured, and closes everything. */
  stop(): Promise<void>
}

/**
 * The server: its ports, and the rooms behind them, which are exchanged when settings change.
 *
 * @throws {StartRefusal} for everything that a start has to be refused for; nothing stays open then.
 */
export async function createCastellan(parts: CastellanParts): Promise<Castellan> {
  const { configuration, clock, log } = parts
  const { settings } = configuration
  const kept = keptParts(settings.logging, parts.logLevels)
  const accessFiles = openAccessFiles(settings, { clock, log: log.child({ room: 'http' }) })
  let ready = false
  const build = (read: LoadedConfiguration, reloading: Reloading) =>
    wholly((atTheEnd) => wire({ ...parts, configuration: read }, { kept, accessFiles, reloading, isReady: () => ready }, atTheEnd))
  const generations = await openGenerations({ configuration, rereading: parts.rereading, build, log }).catch(async (cause) => {
    await kept.close()
    await accessFiles?.close()
    throw cause
  })
  const ports: Ports[] = []
  const atMain: Serving = { fetch: (...call) => generations.serve(({ app }) => app.fetch(...call)) }
  const atOwn: Serving = { fetch: (...call) => generations.serve(({ app, managementApp }) => (managementApp ?? app).fetch(...call)) }

  return {
    get app() {
      return generations.current().app
    },
    async start() {
      const main = await listen(atMain, { settings, log })
      ports.push(main)
      const apart = ownPortSettings(settings)
      if (apart) {
        const own = await listen(atOwn, { settings: apart, log }).catch(async (cause) => {
          await main.stop(0)
          throw atOwnPort(cause)
        })
        ports.push(own)
        log.info({ room: 'management', url: own.urls[0] }, 'the management endpoints have a port of their own')
      }
      ready = true
      await generations.begin()
      const { features } = generations.current()
      log.info(
        { features },
        `features: ${features
          .map((name) => name.replace(/^CasFeatureModule\./, ''))
          .sort()
          .join(', ')}`,
      )
      return { urls: main.urls, prefix: serverPrefix(settings) }
    },
    reload: () => generations.reload(),
    async stop() {
      ready = false
      const { timeoutPerShutdownPhase } = settings.spring.lifecycle
      const patience = settings.server.shutdown === 'immediate' ? 0 : timeoutPerShutdownPhase * 1000
      await Promise.all(ports.map((one) => one.stop(patience)))
      await generations.close()
      await kept.close()
      await accessFiles?.close()
    },
    reopenLogs: () => accessFiles?.reopen(),
  }
}

type Serving = Pick<Hono<Env>, 'fetch'>

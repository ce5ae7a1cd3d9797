import { rm } from 'node:fs/promises'
import type { Log } from '../../../src/base/log.ts'
import { createCastellan } from '../../../src/castellan.ts'
import { loadConfiguration } from '../../../src/config/index.ts'
import { type StartOptions, writeConfiguration } from '../../support/castellan.ts'

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A whole server in this process, on a free port, whose clock stands still until a test moves it. */
export interface OAuthWorld extends AsyncDisposable {
  readonly url: string
  readonly clock: { now: number }
  readonly lines: readonly Line[]
  readonly directory: string
  /** Moves the clock on. */
  after(seconds: number): void
}

export const START = Date.UTC(2031, 2, 9, 9, 0, 0)

/** Tests say which settings matter; everything else is as a new deployment has it, with two users and tickets in memory. */
export async function openOAuth(options: StartOptions = {}): Promise<OAuthWorld> {
  const lines: Line[] = []
  const at = (level: Line['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: fields as Line['fields'] })
  }
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  const directory = await writeConfiguration({
    ...options,
    properties: {
      'cas.authn.accept.users': 'ada::pw,grace::pw',
      'castellan.ticket-registry.store': 'memory',
      'cas.service-registry.json.watcher-enabled': false,
      ...options.properties,
    },
  })
  const clock = { now: START }
  const configuration = await loadConfiguration({
    argv: ['--config-dir', directory, ...(options.args ?? [])],
    env: options.env ?? {},
    cwd: directory,
  })
  const server = await createCastellan({ configuration, clock: () => clock.now, log })
  const { urls } = await server.start()
  return {
    url: `${urls[0]?.replace(/\/(cas)?\/*$/, '')}/cas`,
    clock,
    lines,
    directory,
    after(seconds) {
      clock.now += seconds * 1000
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

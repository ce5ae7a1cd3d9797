import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { silentLog } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { ownVersion } from '../../base/version.ts'
import { loadConfiguration } from '../../config/index.ts'
import {
  createNotifications,
  isMessageState,
  maskRecipient,
  type Notifications,
  newestFirst,
  type OutboxRecord,
  outboxView,
  type Reopened,
} from '../../notifications/index.ts'
import { definitionsDirectory } from '../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface ListOptions {
  readonly json?: boolean
  readonly state?: string
}

/** `castellan notifications list [--state STATE] [--json]`: what is in the outbox, newest first. Recipients are masked. */
export function notificationsList(shell: Shell, { json = false, state }: ListOptions): Promise<CommandResult> {
  return withNotifications(shell, async (notifications, say) => {
    if (state !== undefined && !isMessageState(state)) {
      shell.process.stderr.write(`castellan notifications: ${state} is no state of a message\n`)
      return EXIT.usage
    }
    const overview = await notifications.overview()
    const { place, counts, records } = overview
    if (json) say(JSON.stringify(outboxView(overview, state), undefined, 2))
    else {
      for (const record of newestFirst(records, state)) say(lineOf(record))
      const numbers = Object.entries(counts).filter(([, count]) => count > 0)
      const summary = numbers.map(([name, count]) => `${count} ${name}`).join(', ')
      say(place === undefined ? 'neither SMS nor mail is configured' : `${place}: ${summary === '' ? 'no messages' : summary}`)
    }
    return EXIT.good
  })
}

export interface RetryOptions {
  readonly failed?: boolean
  readonly unknown?: boolean
}

/**
 * `castellan notifications retry [KEY…] [--failed] [--unknown]`: messages that have failed, or of which nobody knows, are tried again by the running server. A
 * key may be shortened as long as it means one message.
 */
export function notificationsRetry(shell: Shell, keys: readonly string[], { failed, unknown }: RetryOptions): Promise<CommandResult> {
  return change(
    shell,
    keys,
    (notifications, key) => notifications.retry(key),
    'will be tried again',
    ({ state }) => (failed === true && state === 'failed') || (unknown === true && state === 'unknown'),
  )
}

/** `castellan notifications discard KEY…`: messages that have not left never will. */
export function notificationsDiscard(shell: Shell, keys: readonly string[]): Promise<CommandResult> {
  return change(
    shell,
    keys,
    (notifications, key) => notifications.discard(key),
    'will not be sent',
    () => false,
  )
}

export interface TestOptions {
  readonly to?: string
  readonly text?: string
}

/** `castellan notifications test --to NUMBER|ADDRESS [--text TEXT]`: sends one message now, past the outbox, and says what became of it. */
export function notificationsTest(shell: Shell, { to = '', text = 'This is a test of Castellan.' }: TestOptions): Promise<CommandResult> {
  return withNotifications(shell, async (notifications, say) => {
    const result = await notifications.test(to, text)
    const facts = [result.providerId, result.code, result.message].filter((fact) => fact !== undefined && fact !== '')
    say([result.status, ...facts].join('\t'))
    return result.status === 'sent' ? EXIT.good : result.status === 'configuration' ? EXIT.configuration : EXIT.unavailable
  })
}

async function change(
  shell: Shell,
  keys: readonly string[],
  act: (notifications: Notifications, key: string) => Promise<Reopened>,
  words: string,
  also: (record: OutboxRecord) => boolean,
): Promise<CommandResult> {
  return withNotifications(shell, async (notifications, say) => {
    const { records } = await notifications.overview()
    const chosen = new Set(records.filter(also).map(({ key }) => key))
    let good = true
    for (const key of keys) {
      const found = records.filter((record) => record.key.startsWith(key))
      const [only] = found
      if (only && found.length === 1) chosen.add(only.key)
      else {
        good = false
        say(`${key}\t${only ? 'means several messages' : 'is no message'}`)
      }
    }
    for (const key of chosen) {
      const done = (await act(notifications, key)) === 'done'
      good &&= done
      say(`${key}\t${done ? words : 'is left as it is'}`)
    }
    if (chosen.size === 0 && keys.length === 0) say('there is none')
    return good ? EXIT.good : EXIT.mistakes
  })
}

async function withNotifications(
  { argv, process }: Shell,
  work: (notifications: Notifications, say: (line: string) => void) => Promise<number>,
): Promise<CommandResult> {
  const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const fail = (message: string, exitCode: number): CommandResult => {
    process.stderr.write(`castellan notifications: ${message}\n`)
    return { exitCode }
  }
  if (configuration.refused) return fail('the configuration has mistakes; castellan check names them', EXIT.configuration)
  const { settings, stateDirectory } = configuration
  const errors: Log = { ...silentLog, error: (_fields, message) => void process.stderr.write(`${message}\n`), child: () => errors }
  try {
    const notifications = await createNotifications({
      settings,
      stateDirectory,
      servicesDirectory: definitionsDirectory(settings),
      configurationDirectory: configuration.configurationDirectory ?? process.cwd(),
      clock: systemClock,
      log: errors,
      audit: { record() {}, async close() {} },
      version: ownVersion(),
      env: process.env,
      isSet: (setting) => configuration.sourcesOf(setting).length > 0,
    })
    try {
      return { exitCode: await work(notifications, (line) => void process.stdout.write(`${line}\n`)) }
    } finally {
      await notifications.close()
    }
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return fail(error.message, error.exitCode)
  }
}

const at = (ms: number | undefined) => (ms === undefined ? '' : new Date(ms).toISOString())

function lineOf(record: OutboxRecord): string {
  const { key, state, channel, to, service, action, createdAtMs, attempts, providerId, error } = record
  const why = [error?.code, error?.message].filter((part) => part !== undefined).join(': ')
  const printable = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
  return [
    key,
    state,
    channel,
    maskRecipient(channel, to),
    service.name,
    action,
    at(createdAtMs),
    `attempts=${attempts}`,
    providerId ?? '',
    state === 'sent' ? '' : why,
  ]
    .map(printable)
    .join('\t')
    .trimEnd()
}

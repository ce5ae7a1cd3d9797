import { setTimeout } from 'node:timers/promises'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { silentLog } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { ownVersion } from '../../base/version.ts'
import { loadConfiguration } from '../../config/index.ts'
import {
  createNotifications,
  isFinished,
  isMessageState,
  maskRecipient,
  type Notifications,
  newestFirst,
  type OutboxRecord,
  outboxView,
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
  /** Seconds to wait for what becomes of them; `true`: a minute. */
  readonly wait?: string | true
}

/** The running server looks as often for what others have left, and hears back within seconds from most providers. */
const USUAL_WAIT_SECONDS = 60
const LOOK_EVERY_MS = 250

/**
 * `castellan notifications retry [KEY…] [--failed] [--unknown] [--wait [SECONDS]]`: messages that have failed, or of which nobody knows, are tried again by
 * the running server. A key may be shortened as long as it means one message. With `--wait` the command says what became of them.
 */
export async function notificationsRetry(
  shell: Shell,
  keys: readonly string[],
  { failed, unknown, wait }: RetryOptions,
): Promise<CommandResult> {
  const seconds = wait === undefined ? 0 : wait === true ? USUAL_WAIT_SECONDS : Number(wait)
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 86_400) {
    shell.process.stderr.write(`castellan notifications: --wait must be a number of seconds, found ${wait}\n`)
    return { exitCode: EXIT.usage }
  }
  return withNotifications(shell, async (notifications, say) => {
    const { chosen, good } = await choose(notifications, say, keys, ({ state }) =>
      state === 'failed' ? failed === true : state === 'unknown' && unknown === true,
    )
    const reopened: string[] = []
    let allGood = good
    for (const key of chosen) {
      const outcome = await notifications.retry(key)
      if (outcome === 'done') reopened.push(key)
      else {
        allGood = false
        say(await leftAlone(notifications, key))
      }
      if (outcome === 'done' && seconds === 0) say(`${key}\twill be tried again by a running server, within half a minute`)
    }
    if (seconds > 0 && !(await awaitOutcomes(notifications, reopened, seconds, say))) return EXIT.unavailable
    return allGood ? EXIT.good : EXIT.mistakes
  })
}

/** `castellan notifications discard KEY…`: messages that have not left never will. */
export function notificationsDiscard(shell: Shell, keys: readonly string[]): Promise<CommandResult> {
  return withNotifications(shell, async (notifications, say) => {
    const { chosen, good } = await choose(notifications, say, keys, () => false)
    let allGood = good
    for (const key of chosen) {
      const done = (await notifications.discard(key)) === 'done'
      allGood &&= done
      say(done ? `${key}\twill not be sent` : await leftAlone(notifications, key))
    }
    return allGood ? EXIT.good : EXIT.mistakes
  })
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

/** Messages by their keys, which may be shortened, and by what they are. */
async function choose(
  notifications: Notifications,
  say: (line: string) => void,
  keys: readonly string[],
  also: (record: OutboxRecord) => boolean,
): Promise<{ readonly chosen: ReadonlySet<string>; readonly good: boolean }> {
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
  if (chosen.size === 0 && keys.length === 0) say('there is none')
  return { chosen, good }
}

const leftAlone = async (notifications: Notifications, key: string): Promise<string> =>
  `${key}\tis left as it is: ${(await notifications.message(key))?.state ?? 'gone'}`

/** Looks until each message has left or failed, or the time is over, and says what they are then. @returns whether all were sent. */
async function awaitOutcomes(
  notifications: Notifications,
  keys: readonly string[],
  seconds: number,
  say: (line: string) => void,
): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  let allSent = true
  for (const key of keys) {
    let record = await notifications.message(key)
    while (record && !isFinished(record) && performance.now() < end) {
      await setTimeout(LOOK_EVERY_MS)
      record = await notifications.message(key)
    }
    allSent &&= record?.state === 'sent'
    const untouched = record?.state === 'pending' && record.attempts === 0
    say(record ? (untouched ? `${key}\tpending: no server has taken it up yet` : lineOf(record)) : `${key}\tis gone`)
  }
  return allSent
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

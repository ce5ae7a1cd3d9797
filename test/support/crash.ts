import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OutboxRecord } from '../../src/notifications/index.ts'
import { fileStore } from '../../src/notifications/outbox/file-store.ts'
import { lmdbStore } from '../../src/notifications/outbox/lmdb-store.ts'
import { definition } from './castellan.ts'
import { startMailServer } from './mail-server.ts'
import { ACCOUNT, startTwilio, TOKEN } from './twilio.ts'

export interface CrashOptions {
  readonly kills: number
  readonly services: number
  readonly seed: number
  readonly store: 'files' | 'lmdb'
  /** Processes that run, and are killed, at the same time. */
  readonly processes?: number
  /** Longest life of a process after it has begun. */
  readonly longestLifeMs?: number
}

export interface CrashResult {
  /** Kills that found the work not done. */
  readonly kills: number
  readonly posts: number
  /** How often each number, each address got its message. */
  readonly sms: ReadonlyMap<string, number>
  readonly mail: ReadonlyMap<string, number>
  readonly records: readonly OutboxRecord[]
  /** Definitions that are still there. */
  readonly left: number
}

const child = fileURLToPath(new URL('../notifications/crash-child.ts', import.meta.url))

/**
 * Lets services expire under processes that are killed (`kill -9`) at random moments, lets the rest run to its end, restarts three times, and counts what
 * arrived at a Twilio and a mail server.
 */
export async function runCrashes(options: CrashOptions): Promise<CrashResult> {
  const { services, store, processes = 1, longestLifeMs = 120 } = options
  const random = seeded(options.seed)
  await using twilio = await startTwilio({ plain: true })
  twilio.delayMs = 3
  await using mail = await startMailServer({ tls: 'none', authority: twilio.authority })
  const directory = mkdtempSync(join(tmpdir(), 'castellan-crash-'))
  const folder = join(directory, 'services')
  mkdirSync(folder)
  for (let id = 1; id <= services; id++) writeFileSync(join(folder, `App-${id}.json`), JSON.stringify(ending(id)))
  const overrides = {
    'cas.serviceRegistry.json.location': folder,
    'cas.serviceRegistry.json.watcherEnabled': false,
    'cas.serviceRegistry.schedule.enabled': false,
    'cas.smsProvider.twilio.accountId': ACCOUNT,
    'cas.smsProvider.twilio.token': TOKEN,
    'cas.serviceRegistry.sms.from': '+15005550006',
    'cas.serviceRegistry.sms.text': '%s is gone',
    'castellan.sms.twilio.baseUrl': twilio.url,
    'castellan.sms.twilio.messagesPerSecond': 0,
    'castellan.sms.twilio.deliveryChecks': [],
    'spring.mail.host': mail.host,
    'spring.mail.port': mail.port,
    'cas.serviceRegistry.mail.from': 'cas@example.org',
    'cas.serviceRegistry.mail.subject': '%s is gone',
    'cas.serviceRegistry.mail.text': '%s is gone',
    'castellan.notifications.retry.initialDelay': 0.05,
    ...(store === 'lmdb' ? { 'castellan.notifications.state.location': join(directory, 'outbox') } : {}),
  }
  const argument = JSON.stringify({ directory, overrides })
  let kills = 0
  try {
    while (kills < options.kills) {
      const lives = await Promise.all(Array.from({ length: processes }, () => live(argument, random() * longestLifeMs)))
      if (lives.every((life) => life === 'idle')) break
      kills += lives.filter((life) => life === 'killed').length
    }
    await toTheEnd(argument)
    for (let restart = 0; restart < 3; restart++) await toTheEnd(argument)
    const records = await recordsOf(store, directory)
    const count = (names: readonly string[]) =>
      names.reduce((map, name) => map.set(name, (map.get(name) ?? 0) + 1), new Map<string, number>())
    return {
      kills,
      posts: twilio.posts.length,
      sms: count(twilio.messages.map(({ to }) => to)),
      mail: count(mail.mails.flatMap(({ to }) => to)),
      records,
      left: readdirSync(folder).filter((name) => name.endsWith('.json')).length,
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What is wrong with the outcome: nothing, if everybody was told exactly once, or the record says that nobody knows. */
export function faultsOf({ records, sms, mail, left }: CrashResult, services: number): readonly string[] {
  const faults: string[] = left > 0 ? [`${left} definitions are left`] : []
  if (records.length !== 2 * services) faults.push(`${records.length} records for ${services} services`)
  for (const { channel, to, state, attempts } of records) {
    const arrived = (channel === 'sms' ? sms : mail).get(to) ?? 0
    const good = state === 'sent' ? arrived === 1 : state === 'unknown' && channel === 'mail' && arrived <= 1
    if (!good) faults.push(`${channel} to ${to}: ${state} after ${attempts} attempts, arrived ${arrived} times`)
  }
  return faults
}

function ending(id: number): object {
  const number = String(id).padStart(6, '0')
  return definition(id, `^https://app${id}\\.example\\.org/.*`, {
    contacts: [
      { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceContact', phone: `+1123${number}`, email: `owner${number}@example.org` },
    ],
    expirationPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
      expirationDate: '2020-01-01',
      notifyWhenExpired: true,
      deleteWhenExpired: true,
    },
  })
}

function start(argument: string): { process: ChildProcess; said: (word: string) => Promise<void>; ended: Promise<void> } {
  const process_ = spawn(process.execPath, [child, argument], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const waiting = new Map<string, () => void>()
  process_.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    for (const [word, wake] of waiting) if (output.includes(word)) wake()
  })
  const ended = new Promise<void>((resolve) => process_.once('exit', () => resolve()))
  const said = (word: string) => new Promise<void>((resolve) => (output.includes(word) ? resolve() : waiting.set(word, resolve)))
  return { process: process_, said, ended }
}

/** One life of a process: killed some time after it began, unless it has nothing left to do before that. */
async function live(argument: string, lifeMs: number): Promise<'killed' | 'idle'> {
  const { process: one, said, ended } = start(argument)
  await Promise.race([said('begins'), ended])
  const outcome = await Promise.race([
    new Promise<'killed'>((resolve) => setTimeout(resolve, lifeMs, 'killed')),
    said('idle').then(() => 'idle' as const),
  ])
  one.kill('SIGKILL')
  await ended
  return outcome
}

async function toTheEnd(argument: string): Promise<void> {
  const { process: one, said, ended } = start(argument)
  const limit = setTimeout(() => one.kill('SIGKILL'), 120_000)
  await Promise.race([said('idle'), ended])
  one.kill('SIGTERM')
  await ended
  clearTimeout(limit)
}

async function recordsOf(store: CrashOptions['store'], directory: string): Promise<readonly OutboxRecord[]> {
  const outbox =
    store === 'lmdb' ? await lmdbStore(join(directory, 'outbox')) : await fileStore(join(directory, 'services/.castellan/notifications'))
  const open = await outbox.open()
  const records = await outbox.finished()
  await outbox.close()
  if (open.length > 0) throw new Error(`left open: ${open.map(({ key }) => key).join(', ')}`)
  return records
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

import type { Log } from './base/log.ts'
import { StartRefusal } from './base/start-refusal.ts'
import { watchPaths } from './base/watched-paths.ts'
import { carryOver, type LoadedConfiguration, type Settings, schema } from './config/index.ts'

/** All rooms, built from one configuration; the next one takes its place as a whole (configuration.md 12). */
export interface Generation {
  /** Begins what only the generation in force does. */
  begin(): Promise<void>
  close(): Promise<void>
}

/** How settings are read again; without it they stay as they are. */
export interface Rereading {
  read(): Promise<LoadedConfiguration>
  /** Puts what is wrong with them into the log. */
  report(configuration: LoadedConfiguration): void
}

export type Reloaded =
  | { readonly kind: 'reloaded'; readonly changed: readonly string[]; readonly restartRequired: readonly string[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }

/** What a generation may ask of the whole. */
export interface Reloading {
  /** Reads the settings again and puts them into force; calls at the same time are one. */
  reload(): Promise<Reloaded>
  /** Why the settings that were read last are not in force; `undefined` when they are. */
  problem(): string | undefined
  /** Settings that are others than those in force until the next start. */
  restartRequired(): readonly string[]
}

export interface GenerationParts<G extends Generation> {
  readonly configuration: LoadedConfiguration
  readonly rereading: Rereading | undefined
  /** @throws {StartRefusal} leaves nothing open. */
  readonly build: (configuration: LoadedConfiguration, reloading: Reloading) => Promise<G>
  readonly log: Log
}

export interface Generations<G extends Generation> extends Reloading {
  /** In force. */
  current(): G
  /** Calls the generation in force, which stays open until the answer is there. */
  serve<T>(work: (generation: G) => T | Promise<T>): T | Promise<T>
  begin(): Promise<void>
  /** Waits for reloads under way, and closes everything. */
  close(): Promise<void>
}

const MOST_REASONS = 20

/** Builds the first generation, and the next ones when the settings change. */
export async function openGenerations<G extends Generation>(parts: GenerationParts<G>): Promise<Generations<G>> {
  const { rereading, build } = parts
  const log = parts.log.child({ room: 'config' })
  let configuration = parts.configuration
  let problem: string | undefined
  let restartRequired: readonly string[] = []
  let waiting: Promise<Reloaded> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let closed = false
  let began = false
  const retiring = new Set<Promise<void>>()
  /** As read last, those that wait for a restart included. */
  let settingsRead = configuration.settings

  const reloading: Reloading = { reload, problem: () => problem, restartRequired: () => restartRequired }
  let held = hold(await build(configuration, reloading))
  let watcher: AsyncDisposable | undefined

  function reload(): Promise<Reloaded> {
    if (waiting) return waiting
    const mine = last.then(() => {
      // Whoever asks from now on wants what is written from now on.
      waiting = undefined
      return reloadNow()
    })
    waiting = mine
    last = mine.catch(() => {})
    return mine
  }

  async function reloadNow(): Promise<Reloaded> {
    if (!rereading || closed) return { kind: 'reloaded', changed: [], restartRequired: [] }
    const read = await rereading.read()
    if (read.refused) {
      rereading.report(read)
      return refuse(read.problems.filter(({ fatal }) => fatal).map(({ message }) => message))
    }
    const carried = carryOver(schema, configuration.settings, read.settings)
    const waitingForRestart = new Set(carried.restartRequired)
    const live = carried.changed.filter((name) => !waitingForRestart.has(name))
    const next: LoadedConfiguration = {
      ...read,
      // The schema of both is one, so the tree has its type.
      settings: carried.settings as Settings,
      stateDirectory: configuration.stateDirectory,
    }
    if (live.length > 0 || next.profiles.join() !== configuration.profiles.join()) {
      rereading.report(read)
      try {
        await exchange(next)
      } catch (error) {
        if (!(error instanceof StartRefusal)) log.error({ err: error }, 'the new settings cannot be put into force')
        return refuse([error instanceof Error ? error.message : String(error)])
      }
    }
    const { changed } = carryOver(schema, settingsRead, read.settings)
    configuration = next
    settingsRead = read.settings
    restartRequired = carried.restartRequired
    if (changed.length > 0) log.info({ changed, restartRequired }, summary(live.length, restartRequired.length))
    else if (problem !== undefined) log.info({}, 'the settings are again those in force')
    problem = undefined
    return { kind: 'reloaded', changed, restartRequired }
  }

  function refuse(reasons: readonly string[]): Reloaded {
    const shown = reasons.slice(0, MOST_REASONS)
    problem = shown[0] ?? 'unknown'
    log.error({ reasons: shown }, 'the settings have changed and cannot be used; those before stay in force')
    return { kind: 'refused', reasons: shown }
  }

  async function exchange(next: LoadedConfiguration): Promise<void> {
    const old = held
    const fresh = hold(await build(next, reloading))
    held = fresh
    if (began) await fresh.generation.begin()
    const retired = old.retire()
    retiring.add(retired)
    void retired.finally(() => retiring.delete(retired))
  }

  function hold(generation: G) {
    let running = 0
    const idle = Promise.withResolvers<void>()
    let retired = false
    const done = () => {
      running -= 1
      if (retired && running === 0) idle.resolve()
    }
    return {
      generation,
      serve<T>(work: (generation: G) => T | Promise<T>): T | Promise<T> {
        running += 1
        let answer: T | Promise<T>
        try {
          answer = work(generation)
        } catch (error) {
          done()
          throw error
        }
        if (answer instanceof Promise) void answer.then(done, done)
        else done()
        return answer
      },
      /** Closes it as soon as nothing runs in it, or took too long. */
      async retire(): Promise<void> {
        retired = true
        if (running > 0) {
          const limit = setTimeout(idle.resolve, configuration.settings.spring.lifecycle.timeoutPerShutdownPhase * 1000)
          await idle.promise
          clearTimeout(limit)
        }
        await generation.close().catch((err: unknown) => log.error({ err }, 'what the settings before had opened cannot be closed'))
      },
    }
  }

  return {
    ...reloading,
    current: () => held.generation,
    serve: (work) => held.serve(work),
    async begin() {
      began = true
      await held.generation.begin()
      if (!rereading) return
      watcher = watchPaths({
        paths: () => configuration.files,
        readAtMs: parts.configuration.readAtMs,
        log,
        async onChange() {
          // Read each time, so that it can be switched off, and on by the endpoint.
          if (configuration.settings.cas.events.core.trackConfigurationModifications) await reload()
        },
      })
    },
    async close() {
      closed = true
      await watcher?.[Symbol.asyncDispose]()
      await last
      await Promise.all(retiring)
      await held.generation.close()
    },
  }
}

function summary(live: number, restart: number): string {
  const count = (number: number) => `${number} ${number === 1 ? 'setting' : 'settings'}`
  const rest = restart === 0 ? '' : `${live === 0 ? '' : '; '}${count(restart)} will count after a restart`
  return live === 0 ? rest : `settings read again: ${count(live)} changed${rest}`
}

/** Opens all of several parts, or none: what was open already is closed again. */
export async function wholly<T>(
  work: (atTheEnd: (closing: () => Promise<unknown>) => void) => Promise<T>,
): Promise<T & Pick<Generation, 'close'>> {
  const opened: (() => Promise<unknown>)[] = []
  const close = async () => {
    // The last opened stands on those before it.
    for (const closing of opened.splice(0).reverse()) await closing()
  }
  try {
    return { ...(await work((closing) => opened.push(closing))), close }
  } catch (cause) {
    await close()
    throw cause
  }
}

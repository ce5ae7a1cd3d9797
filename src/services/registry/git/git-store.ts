import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Log } from '../../../base/log.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import type { ServicesConfig } from '../../config.ts'
import { directoryOf } from '../json/location.ts'
import { GitFailure, gitProgram, repositoryAddress } from './git.ts'
import { removeLeftLocks } from './left-locks.ts'

/** Definitions in a clone of a git repository (services.md 7.6), which nobody else may touch. */
export interface GitStore {
  /** Where the definitions lie. */
  readonly directory: string
  readonly groupByType: boolean
  /** Brings what the repository has by now. What goes wrong is logged and kept for the health; the clone stays as it is. */
  pull(): Promise<void>
  /**
   * Records what was written and deleted below the directory, and sends it to the repository where that is wanted.
   *
   * @throws {GitFailure} Then everything is as it was before, the files too.
   */
  commit(message: string): Promise<void>
  /** What stands in the way of the last pull. */
  problem(): string | undefined
}

type GitSettings = ServicesConfig['cas']['serviceRegistry']['git']

export interface GitStoreParts {
  readonly settings: GitSettings & { readonly repositoryUrl: string }
  /** `Name <address>`; unset: as git is configured. */
  readonly author: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** Nothing is cloned, pulled or changed. */
  readonly onlyLooks: boolean
}

const GROUP = 'cas.service-registry.git'
const NOBODY = { name: 'Castellan', email: 'castellan@localhost' }

/** @throws {StartRefusal} when there is neither a clone nor a repository to make one of, and for settings that cannot be used. */
export async function openGitStore({ settings, author, environment, log, onlyLooks }: GitStoreParts): Promise<GitStore> {
  const address = repositoryAddress(settings.repositoryUrl)
  const branch = branchName(settings.activeBranch)
  const clone = resolve(
    settings.cloneDirectory.location === undefined ? join(tmpdir(), 'cas-service-registry') : directoryOf(settings.cloneDirectory.location),
  )
  const directory = resolve(clone, settings.rootDirectory.trim().replace(/^\/+/, ''))
  if (directory !== clone && !directory.startsWith(clone + sep))
    throw new StartRefusal('leads out of the clone', { setting: `${GROUP}.root-directory` })
  for (const [name, value] of Object.entries({
    'private-key-passphrase': settings.privateKeyPassphrase,
    'ssh-session-password': settings.sshSessionPassword,
  })) {
    if (value !== undefined)
      throw new StartRefusal('cannot be used here: give the key to an ssh agent, or use one without a passphrase', {
        setting: `${GROUP}.${name}`,
      })
  }
  const git = gitProgram(
    {
      username: settings.username,
      password: settings.password,
      privateKey: settings.privateKey.location && directoryOf(settings.privateKey.location),
      strictHostKeyChecking: settings.strictHostKeyChecking,
      onlyThisKey: settings.clearExistingIdentities,
      timeoutMs: settings.timeout * 1000,
    },
    environment,
  )
  const here = (...args: readonly string[]) => git.run(clone, ...args)
  const remote = `refs/remotes/origin/${branch}`
  const fetch = () => here('fetch', '--quiet', '--no-tags', 'origin', `+refs/heads/${branch}:${remote}`)

  const unlocked = () => removeLeftLocks(clone, branch, settings.timeout * 1000, log)

  /** One after the other: git locks its clone. */
  let work: Promise<unknown> = Promise.resolve()
  const inTurn = <R>(job: () => Promise<R>): Promise<R> => {
    const done = work.then(unlocked).then(job)
    work = done.catch(() => {})
    return done
  }

  let problem: string | undefined
  const report = (message: string | undefined) => {
    if (message !== undefined && message !== problem) log.error({ repository: address, branch }, message)
    if (message === undefined && problem !== undefined)
      log.info({ repository: address, branch }, 'The git repository of the definitions can be read again.')
    problem = message
  }

  const advance = async () => {
    try {
      if (settings.rebase) await here('rebase', '--quiet', remote)
      else await here('merge', '--quiet', '--ff-only', remote)
    } catch (error) {
      if (settings.rebase) await here('rebase', '--abort').catch(() => {})
      const why = messageOf(error)
      throw new GitFailure(
        'merge',
        `The clone ${clone} and the branch ${branch} of the repository have gone different ways; the clone stays as it is (${why}).`,
      )
    }
  }

  const pull = async () => {
    try {
      await fetch()
    } catch (error) {
      report(`The git repository of the definitions cannot be read; the clone stays in force (${messageOf(error)}).`)
      return
    }
    try {
      await advance()
      report(undefined)
    } catch (error) {
      report(messageOf(error))
    }
  }

  const identity = async (): Promise<readonly string[]> => {
    const given = author === undefined ? undefined : /^\s*([^<>]+?)\s*<([^<>\s]+)>\s*$/.exec(author)
    if (given) return ['-c', `user.name=${given[1]}`, '-c', `user.email=${given[2]}`]
    const configured = await here('config', '--get', 'user.email').catch(() => '')
    return configured.trim() === '' ? ['-c', `user.name=${NOBODY.name}`, '-c', `user.email=${NOBODY.email}`] : []
  }

  const commit = async (message: string) => {
    const before = (await here('rev-parse', '--verify', 'HEAD')).trim()
    const below = relative(clone, directory) || '.'
    try {
      await here('add', '--all', '--', below)
      if ((await here('diff', '--cached', '--name-only')).trim() === '') return
      const sign = settings.signCommits ? ['--gpg-sign'] : ['--no-gpg-sign']
      await here(...(await identity()), 'commit', '--quiet', '--no-verify', ...sign, '--message', oneLine(message))
      if (settings.pushChanges) await here('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`)
    } catch (error) {
      await here('reset', '--quiet', '--hard', before).catch((cause: unknown) =>
        log.error({ clone, error: messageOf(cause) }, `The clone ${clone} cannot be put back to what it was.`),
      )
      throw error
    }
  }

  if (onlyLooks) {
    if (!existsSync(directory)) throw new StartRefusal(`has not been cloned to ${clone} yet`, { setting: `${GROUP}.repository-url` })
  } else {
    if (existsSync(join(clone, '.git'))) await reopen()
    else await cloneAnew()
    mkdirSync(directory, { recursive: true })
  }

  /** A clone that is here is good enough to start with. */
  async function reopen(): Promise<void> {
    ownedByUs(clone)
    const origin = (await here('config', '--get', 'remote.origin.url').catch(() => '')).trim()
    if (origin !== address)
      throw new StartRefusal(`is not what ${clone} was cloned from; remove that directory, or name another`, {
        setting: `${GROUP}.repository-url`,
      })
    await unlocked()
    // What was being written when a server ended was never acknowledged.
    await here('rebase', '--abort').catch(() => {})
    await here('reset', '--quiet', '--hard')
    const current = (await here('rev-parse', '--abbrev-ref', 'HEAD')).trim()
    await fetch().catch((error: unknown) =>
      log.warn(
        { repository: address },
        `The git repository of the definitions cannot be read; the server starts with its clone (${messageOf(error)}).`,
      ),
    )
    if (current !== branch) await here('checkout', '--quiet', '-B', branch, remote)
  }

  /** A clone that did not come to its end leaves nothing behind. */
  async function cloneAnew(): Promise<void> {
    const parent = dirname(clone)
    mkdirSync(parent, { recursive: true })
    if (existsSync(clone)) {
      ownedByUs(clone)
      refuseUnlessEmpty(clone)
    }
    const temporary = `${clone}.tmp-${process.pid}`
    rmSync(temporary, { recursive: true, force: true })
    const single = settings.branchesToClone.includes('*') ? [] : ['--single-branch']
    try {
      await git.run(parent, 'clone', '--quiet', '--no-tags', ...single, '--branch', branch, '--', address, temporary)
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true })
      throw new StartRefusal(`cannot be cloned: ${messageOf(error)}`, { setting: `${GROUP}.repository-url`, cause: error })
    }
    rmSync(clone, { recursive: true, force: true })
    renameSync(temporary, clone)
  }

  return {
    directory,
    groupByType: settings.groupByType,
    pull: () => inTurn(pull),
    commit: (message) => inTurn(() => commit(message)),
    problem: () => problem,
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const oneLine = (text: string): string => text.replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').slice(0, 500)

function branchName(text: string): string {
  const name = text.trim()
  if (/^[\w][\w./-]*$/.test(name) && !name.includes('..') && !name.endsWith('/') && !name.endsWith('.lock')) return name
  throw new StartRefusal('is no name of a branch', { setting: `${GROUP}.active-branch` })
}

/** The usual place is one that others may write to: what they put there is not taken for a clone of ours. */
function ownedByUs(directory: string): void {
  const { uid } = lstatSync(directory)
  const isOurs = lstatSync(directory).isDirectory() && (process.getuid === undefined || uid === process.getuid())
  if (!isOurs)
    throw new StartRefusal(`names ${directory}, which is not a directory of this user`, { setting: `${GROUP}.clone-directory.location` })
}

function refuseUnlessEmpty(directory: string): void {
  if (readdirSync(directory).length === 0) return
  throw new StartRefusal(`names ${directory}, which has something else in it`, { setting: `${GROUP}.clone-directory.location` })
}

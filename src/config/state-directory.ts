import { accessSync, constants, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** `file:/path`, `file:///path`, `/path` and relative paths as a path; relative ones are relative to `cwd` (configuration.md 4.2). */
export function pathOf(resource: string, cwd: string): string {
  return resolve(cwd, resource.replace(/^file:(?:\/\/(?=\/))?/, ''))
}

const USUAL_STATE_DIRECTORY = '/var/lib/castellan'

/**
 * Where generated keys, embedded tickets and the outbox lie (configuration.md 9.3): what is configured, else `/var/lib/castellan` if it can be written or
 * made, else the user's own folder. Creates nothing.
 */
export function chooseStateDirectory(
  configured: string | undefined,
  { env, home, cwd }: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string; readonly cwd: string },
): string {
  if (configured !== undefined) return pathOf(configured, cwd)
  const usual = statSync(USUAL_STATE_DIRECTORY, { throwIfNoEntry: false })
  if (isWritable(usual ? USUAL_STATE_DIRECTORY : dirname(USUAL_STATE_DIRECTORY))) return USUAL_STATE_DIRECTORY
  const state = env['XDG_STATE_HOME']
  return join(state?.startsWith('/') ? state : join(home, '.local/state'), 'castellan')
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

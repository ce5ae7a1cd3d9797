import { announce, cachedFile } from '../cached-file.ts'
import { failed, type Handler } from '../handler.ts'
import { type Authenticate, checkPassword, frame, type HandlerParts } from '../handler-frame.ts'
import { fileOf } from '../location.ts'

/** `cas.authn.file`: one `name::password` a line (authentication.md 4.3). */
export async function file(parts: HandlerParts): Promise<Handler | undefined> {
  const settings = parts.settings.cas.authn.file
  if (settings.filename === '') return undefined
  const read = cachedFile(fileOf(settings.filename, parts.configurationDirectory, 'cas.authn.file.filename'), (text) => {
    const users = usersOf(text, settings.separator)
    return { users, names: [...users.keys()] }
  })
  await announce(read, 'cas.authn.file.filename', parts.log)
  const check: Authenticate = async (attempt, encoder) => {
    const state = await read()
    if (state.kind === 'unreadable') return { kind: 'prevented', reason: state.reason }
    const { kind } = await checkPassword(attempt, state.value.users, state.value.names, (stored) => stored, encoder)
    if (kind === 'unknown') return failed('AccountNotFoundException')
    return kind === 'right' ? { kind: 'success', id: attempt.username } : failed('FailedLoginException')
  }
  return frame(
    { ...settings, ...parts.settings.castellan.authn.file },
    'cas.authn.file',
    'FileAuthenticationHandler',
    parts,
    check,
    async (username) => {
      const state = await read()
      if (state.kind === 'unreadable') return { kind: 'prevented', reason: state.reason }
      return state.value.users.has(username) ? { kind: 'success', id: username } : failed('AccountNotFoundException')
    },
  )
}

/** The first line of a name counts; the first separator of a line. */
function usersOf(text: string, separator: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const at = separator === '' ? -1 : line.indexOf(separator)
    const name = line.slice(0, Math.max(0, at)).trim()
    if (name !== '' && !users.has(name)) users.set(name, line.slice(at + separator.length))
  }
  return users
}

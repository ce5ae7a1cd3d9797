import { type HashEncoder, hashPassword } from './hash-password.ts'
import { readAccount } from './json-account.ts'
import { membersOf, parseUserMap, withoutClass } from './typed-json.ts'

/** What of the file of users (`cas.authn.json.location`) an administrator sees: never a password. */
export interface ListedAccount {
  readonly username: string
  readonly status: string
  readonly expirationDate: string | undefined
  readonly attributes: readonly string[]
  /** Why nobody can log in with it. */
  readonly problem: string | undefined
}

/** A change that cannot be made; says why, without a value of the file. */
export class AccountFileRefusal extends Error {
  override readonly name = 'AccountFileRefusal'
}

/** @throws {Error} for a file that cannot be read. */
export function listAccounts(text: string): readonly ListedAccount[] {
  return parseUserMap(text).map(([username, written]) => {
    const account = readAccount(written)
    const members = new Map(membersOf(withoutClass(written)) ?? [])
    const textOf = (name: string) => {
      const value = withoutClass(members.get(name) ?? null)
      return typeof value === 'string' ? value : undefined
    }
    const attributes = membersOf(withoutClass(members.get('attributes') ?? null)) ?? []
    return {
      username,
      status: textOf('status') ?? 'OK',
      expirationDate: textOf('expirationDate'),
      attributes: attributes.map(([name]) => name),
      problem: typeof account === 'string' ? account : undefined,
    }
  })
}

export type AccountChange =
  | {
      readonly kind: 'add'
      readonly username: string
      readonly password: string
      readonly attributes: Readonly<Record<string, readonly string[]>>
    }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'remove'; readonly username: string }

/**
 * The file with one change; everything else stays as it is written.
 *
 * @param text What the file holds; `''`: there is none yet.
 * @param stored Passwords as they are stored, see `storedPassword`.
 * @throws {AccountFileRefusal} where the file has comments, which would be lost, and for a user who is there already, or is not.
 */
export function changeAccounts(text: string, change: AccountChange): string {
  const accounts = strictly(text)
  const { username } = change
  const known = Object.hasOwn(accounts, username)
  if (change.kind === 'add') {
    if (known) throw new AccountFileRefusal('there is such a user already; castellan users passwd changes the password')
    if (username.trim() === '' || username !== username.trim() || username === '@class' || username === '__proto__') {
      throw new AccountFileRefusal('that is no name of a user')
    }
    const attributes = Object.entries(change.attributes).map(([name, values]) => [name, ['java.util.ArrayList', values]] as const)
    accounts[username] = {
      '@class': 'org.apereo.cas.adaptors.generic.CasUserAccount',
      password: change.password,
      status: 'OK',
      attributes: { '@class': 'java.util.LinkedHashMap', ...Object.fromEntries(attributes) },
    }
    return written(accounts)
  }
  if (!known) throw new AccountFileRefusal('there is no such user')
  if (change.kind === 'remove') delete accounts[username]
  else {
    const account = accounts[username]
    if (typeof account !== 'object' || account === null || Array.isArray(account)) throw new AccountFileRefusal('that user is no account')
    accounts[username] = { ...account, password: change.password }
  }
  return written(accounts)
}

function strictly(text: string): Record<string, unknown> {
  if (text === '') return {}
  try {
    const parsed: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>
  } catch {
    // Said below, for both.
  }
  throw new AccountFileRefusal('the file is no strict JSON: comments in it would be lost; change it with an editor')
}

const written = (accounts: Record<string, unknown>) => `${JSON.stringify(accounts, undefined, 2)}\n`

const ENCODERS: Readonly<Record<string, { readonly encoder: HashEncoder; readonly prefix: string }>> = {
  ARGON2: { encoder: 'argon2', prefix: '' },
  BCRYPT: { encoder: 'bcrypt', prefix: '' },
  SCRYPT: { encoder: 'scrypt', prefix: '' },
  SSHA: { encoder: 'ssha', prefix: '' },
  GLIBC_CRYPT: { encoder: 'glibc_crypt', prefix: '' },
  DELEGATING: { encoder: 'argon2', prefix: '{argon2}' },
}

/**
 * A password as the handler of the file expects it.
 *
 * @param type `cas.authn.json.password-encoder.type`.
 * @throws {AccountFileRefusal} where passwords would lie in the file as they are, or in a form that depends on more settings.
 */
export async function storedPassword(type: string, password: string): Promise<string> {
  const plain = type.trim().toUpperCase()
  const found = ENCODERS[plain]
  if (found) return found.prefix + (await hashPassword(found.encoder, password))
  const why =
    plain === '' || plain === 'NONE' ? 'passwords would lie in the file as they are typed' : `this verb does not make ${plain} values`
  throw new AccountFileRefusal(`${why}; set cas.authn.json.password-encoder.type to ARGON2, or to DELEGATING where both are to count`)
}

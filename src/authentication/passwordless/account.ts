import type { Json } from '../../base/json.ts'
import type { Attributes } from '../../services/index.ts'
import { readAttributes } from '../json-account.ts'
import { membersOf, withoutClass } from '../typed-json.ts'

/** Somebody who may log in without a password (authentication.md 14). */
export interface PasswordlessAccount {
  /** Who it will be. */
  readonly username: string
  /** Empty: none. */
  readonly email: string
  /** Empty: none. */
  readonly phone: string
  readonly attributes: Attributes
  /** The password is asked for all the same. */
  readonly requestPassword: boolean
  /** Whether a second factor may stand in place of the code; `undefined`: as the settings say. */
  readonly multifactorEligible: boolean | undefined
}

/** Where accounts are looked up. One file of this folder each; `accounts.ts` lists them. */
export interface AccountSource {
  /** For the log. */
  readonly name: string
  /** @throws when it cannot be asked. */
  find(username: string): Promise<PasswordlessAccount | undefined>
}

/**
 * Reads an account as CAS writes it: `{"username", "email", "phone", "name", "attributes", "multifactorAuthenticationEligible", "requestPassword", …}`.
 *
 * @param typed Stands for a user name that is missing.
 * @returns What is wrong with it, as a text for the operator that quotes no value.
 */
export function readPasswordlessAccount(written: Json, typed: string): PasswordlessAccount | string {
  const members = membersOf(withoutClass(written))
  if (!members) return 'is no account'
  const values = new Map(members.map(([name, value]) => [name, withoutClass(value)]))
  const text = (name: string): string => {
    const value = values.get(name)
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
  }
  const isOn = (name: string) => /^(true|yes|on)$/i.test(String(values.get(name) ?? '').trim())
  const given = values.get('attributes')
  const attributes = given === undefined || given === null ? {} : readAttributes(given)
  if (!attributes) return 'has attributes that are no map from name to values'
  const name = text('name')
  const eligible = String(values.get('multifactorAuthenticationEligible') ?? 'UNDEFINED').toUpperCase()
  return {
    username: text('username') || typed,
    email: text('email'),
    phone: text('phone'),
    attributes: name === '' || attributes['name'] ? attributes : { ...attributes, name: [name] },
    requestPassword: isOn('requestPassword'),
    multifactorEligible: eligible === 'TRUE' ? true : eligible === 'FALSE' ? false : undefined,
  }
}

import type { Authentication } from '../../authentication/index.ts'
import type { AttributeValue, Release } from '../../services/index.ts'
import { isLongTerm, LONG_TERM } from '../../sso/index.ts'
import type { CasProtocolConfig } from './config.ts'

/** One attribute of an answer; never without a value. */
export type Row = readonly [name: string, values: readonly AttributeValue[]]

/** Facts of the client that CAS releases by default; here only where `only-release` names them (cas-protocol.md 4.6). */
const CLIENT_FACTS: ReadonlySet<string> = new Set(['clientIpAddress', 'userAgent', 'serverIpAddress', 'geoLocation'])
/** Facts that are told of every login, in this order, from the session itself. */
const EVERY_LOGIN: ReadonlySet<string> = new Set(['authenticationDate', LONG_TERM, 'isFromNewLogin'])

/** Decides once, from the settings, which facts of a login may go out under their name. */
export function loginFacts(settings: CasProtocolConfig): (name: string) => boolean {
  const { enabled, onlyRelease, neverRelease } = settings.cas.authn.authenticationAttributeRelease
  const only = new Set(onlyRelease)
  const never = new Set(neverRelease)
  return (name) => enabled && !never.has(name) && (only.size > 0 ? only.has(name) : !CLIENT_FACTS.has(name))
}

/**
 * The attributes of a validation answer: facts of the login, then what the definition releases of the user, in its order. A user's attribute does
 * not take the place of a fact of the login: nobody may claim a new login by a directory entry.
 *
 * @param secrets Encrypted for the application, which its definition wants along.
 */
export function answerRows(
  release: Release,
  authentication: Authentication,
  fromNewLogin: boolean,
  mayGoOut: (name: string) => boolean,
  secrets: Readonly<Record<string, string>> = {},
): readonly Row[] {
  const rows: Row[] = []
  const taken = new Set<string>()
  const add = (name: string, values: readonly AttributeValue[]) => {
    if (values.length === 0 || taken.has(name)) return
    taken.add(name)
    rows.push([name, values])
  }
  if (release.authenticationAttributes) {
    if (mayGoOut('authenticationDate')) add('authenticationDate', [new Date(authentication.authenticatedAtMs).toISOString()])
    if (mayGoOut(LONG_TERM)) add(LONG_TERM, [isLongTerm(authentication)])
    if (mayGoOut('isFromNewLogin')) add('isFromNewLogin', [fromNewLogin])
    for (const name in authentication.attributes) {
      if (!EVERY_LOGIN.has(name) && mayGoOut(name)) add(name, authentication.attributes[name] ?? [])
    }
  }
  for (const name in secrets) add(name, [secrets[name] ?? ''])
  for (const name in release.attributes) add(name, release.attributes[name] ?? [])
  return rows
}

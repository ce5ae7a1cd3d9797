import { Unavailable } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { AccountSource, PasswordlessAccount } from './account.ts'
import type { PasswordlessConfig } from './config.ts'
import { json } from './json.ts'
import { ldap } from './ldap.ts'
import { rest } from './rest.ts'
import { script } from './script.ts'
import { simple } from './simple.ts'

/** Who may log in without a password. */
export interface PasswordlessAccounts {
  /** Names of the sources, in the order in which they are asked; none: nobody may. */
  readonly sources: readonly string[]
  /**
   * The first account of that name that a source knows.
   *
   * @throws {Unavailable} when a source cannot be asked: nobody is to take that for a name that is unknown.
   */
  find(username: string): Promise<PasswordlessAccount | undefined>
  close(): Promise<void>
}

export interface PasswordlessAccountsParts {
  readonly settings: PasswordlessConfig
  readonly configurationDirectory: string
  /** Longest time of one call of a script. */
  readonly scriptTimeoutMs: number
  readonly log: Log
}

const NOT_BUILT: Readonly<Record<string, string>> = {
  'cas.authn.passwordless.core.delegated-authentication-activated': 'nobody is sent to another identity provider',
  'cas.authn.passwordless.core.delegated-authentication-selector-script.location': 'nobody is sent to another identity provider',
  'cas.authn.passwordless.core.passwordless-account-customizer-script.location': 'accounts stay as their source has them',
  'cas.authn.passwordless.accounts.mongo.client-uri': 'no account is read from MongoDB',
  'cas.authn.passwordless.accounts.syncope.url': 'no account is read from Syncope',
  'cas.authn.passwordless.tokens.rest.url': 'codes are made and kept here',
  'cas.authn.passwordless.google-recaptcha.site-key': 'no captcha is shown',
}

/** What is configured and not built, by name. */
export function unbuiltPasswordless(
  isSet: (setting: string) => boolean,
): readonly { readonly setting: string; readonly message: string }[] {
  return Object.entries(NOT_BUILT)
    .filter(([setting]) => isSet(setting))
    .map(([setting, says]) => ({ setting, message: `${setting} has no effect here: ${says}.` }))
}

/** @throws {StartRefusal} for settings that cannot work. */
export async function openPasswordlessAccounts(parts: PasswordlessAccountsParts): Promise<PasswordlessAccounts> {
  const { settings, log } = parts
  const closings: (() => Promise<void>)[] = []
  const atTheEnd = (close: () => Promise<void>) => closings.push(close)
  const enabled = settings.cas.authn.passwordless.core.enabled && settings.casFeatureModule.passwordlessAuthn.enabled
  const sources: readonly AccountSource[] = enabled
    ? [
        simple(settings),
        await json(settings, parts),
        script(settings, parts, atTheEnd),
        rest(settings, atTheEnd),
        ldap(settings, parts, atTheEnd),
      ].filter((source) => source !== undefined)
    : []
  return {
    sources: sources.map(({ name }) => name),
    async find(username) {
      for (const { name, find } of sources) {
        let found: PasswordlessAccount | undefined
        try {
          found = await find(username)
        } catch (error) {
          log.error({ source: name, reason: (error as Error).message }, 'a source of accounts without passwords cannot be asked')
          throw new Unavailable('user-source', 'the service is not available at the moment')
        }
        if (found) return found
      }
      return undefined
    },
    async close() {
      await Promise.all(closings.map((close) => close()))
    },
  }
}

import type { StoredHashCheck } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import { equalInConstantTime } from '../../base/crypto.ts'
import type { Log } from '../../base/log.ts'
import { parseExpirationDate } from '../../services/index.ts'
import type { OpenCasCipher } from './cas-cipher.ts'
import type { OAuthClient, StoredSecret } from './client.ts'

const CIPHER = '{cas-cipher}'
const HASH = '{cas-hash}'

export interface ClientSecretsParts {
  readonly openCipher: OpenCasCipher
  readonly matchesHash: StoredHashCheck
  readonly clock: Clock
  readonly log: Log
}

export interface ClientSecrets {
  /** Whether one of these texts is a secret of the client that is in force. */
  matches(client: OAuthClient, presented: readonly string[]): Promise<boolean>
  /** The secrets in force that can be known in clear, as keys of signatures. */
  clear(client: OAuthClient): Promise<readonly string[]>
}

/** Secrets as definitions have them: clear, encrypted, hashed, with an end or without (oauth.md 3.4). Compared in constant time, case counts. */
export function clientSecrets({ openCipher, matchesHash, clock, log }: ClientSecretsParts): ClientSecrets {
  const opened = new Map<string, Promise<string | undefined>>()
  const unreadable = new Set<string>()

  const inForce = (client: OAuthClient) => client.secrets.filter((secret) => !isOver(secret, clock()))

  function open(client: OAuthClient, value: string): Promise<string | undefined> {
    const known = opened.get(value)
    if (known) return known
    const opening = openCipher(value.slice(CIPHER.length)).then((text) => {
      if (text === undefined && !unreadable.has(client.id)) {
        unreadable.add(client.id)
        log.error(
          { client: client.id },
          'a {cas-cipher} secret of this client cannot be opened with cas.authn.oauth.crypto; it never matches',
        )
      }
      return text
    })
    if (opened.size >= 10_000) opened.clear()
    opened.set(value, opening)
    return opening
  }

  async function clearOf(client: OAuthClient, { value }: StoredSecret): Promise<string | undefined> {
    if (value.startsWith(CIPHER)) return open(client, value)
    return value.startsWith(HASH) ? undefined : value
  }

  return {
    async matches(client, presented) {
      for (const secret of inForce(client)) {
        const text = await clearOf(client, secret)
        for (const one of presented) {
          const fits =
            text !== undefined
              ? equalInConstantTime(one, text)
              : secret.value.startsWith(HASH) && (await matchesHash(one, secret.value.slice(HASH.length)))
          if (fits) return true
        }
      }
      return false
    },
    async clear(client) {
      const texts = await Promise.all(inForce(client).map((secret) => clearOf(client, secret)))
      return texts.filter((text) => text !== undefined)
    },
  }
}

/** Expired when now, cut to the second, is after it. A date that cannot be read has passed: nobody keeps a secret by a slip of the pen. */
export function isOver({ expiration }: StoredSecret, nowMs: number): boolean {
  if (expiration === undefined) return false
  const text = expiration.trim()
  const endsAtMs = /^\d{1,11}$/.test(text) ? Number(text) * 1000 : parseExpirationDate(text, 'UTC')
  return endsAtMs === undefined || Math.floor(nowMs / 1000) * 1000 > endsAtMs
}

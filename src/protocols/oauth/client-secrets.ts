import type { StoredHashCheck } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import { equalInConstantTime } from '../../base/crypto.ts'
import type { Log } from '../../base/log.ts'
import { parseExpirationDate } from '../../services/index.ts'
import type { OpenCasCipher } from './cas-cipher.ts'
import type { OAuthClient, StoredSecret } from './client.ts'

const CIPHER = '{cas-cipher}'
const HASH = '{cas-hash}'
/** What anything in it could be filled in for; `expand` gives every other text back as it is. */
const MAY_BE_FILLED = /[$#]\{/
/** From then on each use says that a secret ends. */
const WARN_BEFORE_MS = 14 * 86_400_000

/** Fills what stands in `${…}`; `undefined` where that cannot be. `reason` is for the log and quotes no value. */
export type ExpandSecret = (
  text: string,
) => { readonly kind: 'text'; readonly text: string } | { readonly kind: 'unusable'; readonly reason: string }

export interface ClientSecretsParts {
  readonly openCipher: OpenCasCipher
  readonly expand: ExpandSecret
  /** What is done when a client has secrets that are over; absent: nothing. */
  readonly onOver?: (client: OAuthClient) => Promise<void>
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
export function clientSecrets({ openCipher, matchesHash, expand, onOver, clock, log }: ClientSecretsParts): ClientSecrets {
  const opened = new Map<string, Promise<string | undefined>>()
  const told = new Set<string>()

  function inForce(client: OAuthClient): readonly StoredSecret[] {
    const now = clock()
    const living = client.secrets.filter((secret) => !isOver(secret, now))
    // Nobody waits for it, and it never fails.
    if (living.length < client.secrets.length) void onOver?.(client)
    return living
  }

  function tellOnce(client: OAuthClient, about: string, tell: () => void): void {
    const key = JSON.stringify([client.id, about])
    if (told.has(key) || told.size > 10_000) return
    told.add(key)
    tell()
  }

  /** The secret as it is meant: what stands in `${…}` is filled in. */
  function expanded(client: OAuthClient, secret: StoredSecret): StoredSecret | undefined {
    if (!MAY_BE_FILLED.test(secret.value)) return secret
    const filled = expand(secret.value)
    if (filled.kind === 'text') return { ...secret, value: filled.text }
    tellOnce(client, `expand ${secret.value}`, () =>
      log.error({ client: client.id }, `a secret of this client cannot be used and never matches: it ${filled.reason}`),
    )
    return undefined
  }

  function warnOfEnd(client: OAuthClient, secret: StoredSecret): void {
    if (!endsSoon(secret, clock())) return
    const ends = new Date(endOf(secret.expiration) ?? 0).toISOString()
    tellOnce(client, `end ${ends}`, () => log.warn({ client: client.id, ends }, 'the secret that this client uses ends soon'))
  }

  function open(client: OAuthClient, value: string): Promise<string | undefined> {
    const known = opened.get(value)
    if (known) return known
    const opening = openCipher(value.slice(CIPHER.length)).then((text) => {
      if (text === undefined) {
        tellOnce(client, 'cipher', () =>
          log.error(
            { client: client.id },
            'a {cas-cipher} secret of this client cannot be opened with cas.authn.oauth.crypto; it never matches',
          ),
        )
      }
      return text
    })
    if (opened.size >= 10_000) opened.clear()
    opened.set(value, opening)
    return opening
  }

  function clearOf(client: OAuthClient, { value }: StoredSecret): string | undefined | Promise<string | undefined> {
    if (value.startsWith(CIPHER)) return open(client, value)
    return value.startsWith(HASH) ? undefined : value
  }

  return {
    async matches(client, presented) {
      for (const stored of inForce(client)) {
        const secret = expanded(client, stored)
        if (!secret) continue
        const clear = clearOf(client, secret)
        const text = clear instanceof Promise ? await clear : clear
        for (const one of presented) {
          const fits =
            text !== undefined
              ? text !== '' && equalInConstantTime(one, text)
              : secret.value.startsWith(HASH) && (await matchesHash(one, secret.value.slice(HASH.length)))
          if (!fits) continue
          warnOfEnd(client, stored)
          return true
        }
      }
      return false
    },
    async clear(client) {
      const texts = await Promise.all(
        inForce(client).map(async (stored) => {
          const secret = expanded(client, stored)
          return secret && clearOf(client, secret)
        }),
      )
      // An empty one is no key: anybody could sign with it.
      return texts.flatMap((text) => (text === undefined || text === '' ? [] : [text]))
    },
  }
}

/** Expired when now, cut to the second, is after it. A date that cannot be read has passed: nobody keeps a secret by a slip of the pen. */
export function isOver({ expiration }: StoredSecret, nowMs: number): boolean {
  if (expiration === undefined) return false
  const endsAtMs = endOf(expiration)
  return endsAtMs === undefined || Math.floor(nowMs / 1000) * 1000 > endsAtMs
}

/** Whether there is time to do something about it, and not much. */
export function endsSoon({ expiration }: StoredSecret, nowMs: number): boolean {
  const endsAtMs = endOf(expiration)
  return endsAtMs !== undefined && endsAtMs - nowMs <= WARN_BEFORE_MS
}

function endOf(expiration: string | undefined): number | undefined {
  const text = expiration?.trim() ?? ''
  return /^\d{1,11}$/.test(text) ? Number(text) * 1000 : parseExpirationDate(text, 'UTC')
}

import { randomInt } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { equalInConstantTime, keyedDigest, randomText } from '../base/crypto.ts'
import type { TicketKind, TicketRegistry } from '../tickets/index.ts'

/** So often may be guessed at one code, whoever does it wherever (authentication.md 13.3). */
export const TRIES = 5

const ALPHABETS = {
  NUMERIC: '0123456789',
  ALPHABETIC: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ALPHANUMERIC: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
} as const
export type CodeType = keyof typeof ALPHABETS

export type Checked =
  | 'right'
  | 'wrong'
  /** Wrong, and nobody may guess at this one any more. */
  | 'spent'
  /** Too old, used, or withdrawn. */
  | 'gone'

/** One-time codes that were sent to somebody: of a second factor, or in place of a password. */
export interface Codes {
  /** Makes a code for a user. @returns the code, and the name under which it is checked; neither is a secret without the other. */
  create(principalId: string): Promise<{ readonly code: string; readonly challenge: string }>
  /** Counts a try, in one step with all other tries everywhere; of two that are right at once exactly one is told so. */
  check(challenge: string, principalId: string, typed: string): Promise<Checked>
  /** Nobody will get in by this code. */
  withdraw(challenge: string): Promise<void>
}

export interface CodesParts {
  readonly registry: Pick<TicketRegistry, 'add' | 'consume' | 'delete'>
  /** Its prefix stands before codes of this kind in the registry; the record says whose a code is, and has a keyed digest of it. */
  readonly kind: TicketKind
  /** What may stand before a code where somebody types it; empty: nothing. */
  readonly typedPrefix: string
  /** 32 bytes each; the first writes, all read. */
  readonly keys: readonly Buffer[]
  readonly length: number
  readonly type: CodeType
  readonly timeToLiveInSeconds: number
  readonly clock: Clock
}

/** More than anybody types. */
const LONGEST_TYPED = 200

export function oneTimeCodes({ registry, kind, typedPrefix, keys, length, type, timeToLiveInSeconds, clock }: CodesParts): Codes {
  const [writing] = keys
  if (!writing) throw new Error('codes need a key')
  const idOf = (challenge: string) => `${kind.prefix}-${challenge}`
  // Bound to user and challenge: a digest that is carried to another record fits nothing there.
  const digest = (key: Buffer, challenge: string, principalId: string, code: string) =>
    keyedDigest(key, JSON.stringify([challenge, principalId, code]))

  return {
    async create(principalId) {
      const challenge = randomText(32)
      const code = randomCode(length, ALPHABETS[type])
      await registry.add({
        id: idOf(challenge),
        kind: kind.prefix,
        createdAtMs: clock(),
        // One more than may be tried: the last try must leave something that exactly one caller can take away.
        policy: { timeToLiveInSeconds, numberOfUses: TRIES + 1 },
        body: { digest: digest(writing, challenge, principalId, code) },
      })
      return { code, challenge }
    },
    async check(challenge, principalId, typed) {
      const consumed = await registry.consume(idOf(challenge), [kind.prefix])
      if (!consumed.ok) return consumed.reason === 'used' ? 'spent' : 'gone'
      if (consumed.usesLeft < 1) return 'spent'
      const kept = (consumed.ticket.body as { readonly digest?: unknown }).digest
      const code = normal(typed, typedPrefix)
      const isRight = typeof kept === 'string' && keys.some((key) => equalInConstantTime(kept, digest(key, challenge, principalId, code)))
      if (isRight) return (await registry.delete(idOf(challenge))) ? 'right' : 'gone'
      if (consumed.usesLeft > 1) return 'wrong'
      await registry.delete(idOf(challenge))
      return 'spent'
    },
    async withdraw(challenge) {
      await registry.delete(idOf(challenge))
    },
  }
}

/** Of the system's generator, each character equally likely. */
const randomCode = (length: number, alphabet: string): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? '').join('')

/** As it is made: without the prefix, without what people and mail programs put between, in capitals; digits of other scripts are the same digits. */
function normal(typed: string, prefix: string): string {
  const bare = typed
    .slice(0, LONGEST_TYPED)
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]+/gu, '')
    .toUpperCase()
  const code = prefix !== '' && bare.startsWith(prefix) ? bare.slice(prefix.length) : bare
  return code.replace(/\p{Nd}/gu, asciiDigit).replaceAll('-', '')
}

/** Decimal digits stand in rows of ten that begin with the zero. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0
  for (let back = 0; back < 10; back++) {
    if (!/\p{Nd}/u.test(String.fromCodePoint(point - back - 1)) || back === 9) return String(back)
  }
  return digit
}

import { randomBytes } from 'node:crypto'
import { randomCharacters } from '../base/crypto.ts'

/** Letters of both cases and digits. */
const BITS_PER_CHARACTER = Math.log2(62)
/** 128 bits: what nobody guesses (cas-protocol.md 7). */
const FEWEST_BYTES = 16
const LONGEST_ID = 256

export interface TicketIds {
  /**
   * A fresh id: `<PREFIX>-<number>-<random>[-<suffix>]`, characters `A-Z a-z 0-9 -` only.
   *
   * @param randomByteCount How many bytes of entropy, as the `max-length` settings count it; fewer than 16 are taken for 16.
   */
  create(prefix: string, randomByteCount: number): string
}

export interface TicketIdParts {
  /** Short name of the issuing node, the last part of every id; `''` for none (`cas.host.name=off`). */
  readonly hostSuffix: string
  /** The system's generator, unless a test wants another. */
  readonly random?: (bytes: number) => Buffer
}

/**
 * Makes ticket ids (cas-protocol.md 7). The number only counts and is no part of the secret; it starts at six random digits, so that it does not tell how
 * much has been issued.
 */
export function ticketIds({ hostSuffix, random = randomBytes }: TicketIdParts): TicketIds {
  const suffix = cleanSuffix(hostSuffix)
  const characters = randomCharacters(random)
  let sequence = 100_000 + (random(4).readUInt32BE(0) % 900_000)
  return {
    create(prefix, randomByteCount) {
      sequence = sequence >= Number.MAX_SAFE_INTEGER ? 100_000 : sequence + 1
      const start = `${prefix}-${sequence}-`
      const end = suffix === '' ? '' : `-${suffix}`
      const wished = charactersFor(Math.max(FEWEST_BYTES, Math.floor(randomByteCount)))
      const room = LONGEST_ID - start.length - end.length
      return `${start}${characters(Math.max(charactersFor(FEWEST_BYTES), Math.min(wished, room)))}${end}`
    },
  }
}

/** How many characters of the alphabet carry as much as so many bytes: 16 → 22, 20 → 27, 24 → 33, 50 → 68. */
function charactersFor(bytes: number): number {
  return Math.ceil((bytes * 8) / BITS_PER_CHARACTER)
}

/** Host names may hold dots and underscores; ids may not, and must stay below 256 characters whatever the host is called. */
function cleanSuffix(name: string): string {
  return name
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
}

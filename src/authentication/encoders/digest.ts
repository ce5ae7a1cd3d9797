import { createHash, getHashes } from 'node:crypto'
import { equalInConstantTime } from '../../base/crypto.ts'
import type { PasswordEncoder } from '../encoder.ts'

/** OpenSSL's name of a digest in any of Java's spellings (`SHA`, `SHA-1`, `SHA-512/256`, `SHA3-256`, `MD5`), `undefined` for one it lacks. */
export function digestName(algorithm: string): string | undefined {
  const plain = algorithm
    .trim()
    .toLowerCase()
    .replace(/^sha$/, 'sha1')
    .replace(/^sha-(\d)/, 'sha$1')
    .replace('/', '-')
  return getHashes().find((known) => known.toLowerCase() === plain)
}

/** `DEFAULT`: one unsalted round of a digest over the password in a character set, as lower-case hex. */
export function digest(algorithm: string, bytesOf: (raw: string) => Buffer): PasswordEncoder {
  const hex = (raw: string) => createHash(algorithm).update(bytesOf(raw)).digest('hex')
  return {
    matches: async (raw, encoded) => equalInConstantTime(hex(raw), encoded.trim().toLowerCase()),
    encode: async (raw) => hex(raw),
  }
}

/** How a text becomes bytes in a character set of Java, `undefined` for one that is not supported. */
export function characterSet(name: string): ((raw: string) => Buffer) | undefined {
  switch (name.trim().toUpperCase().replaceAll('_', '-')) {
    case '':
    case 'UTF-8':
    case 'UTF8':
      return (raw) => Buffer.from(raw, 'utf8')
    case 'ISO-8859-1':
    case 'LATIN1':
      return (raw) => singleBytes(raw, 0xff)
    case 'US-ASCII':
    case 'ASCII':
      return (raw) => singleBytes(raw, 0x7f)
    case 'UTF-16LE':
      return (raw) => Buffer.from(raw, 'utf16le')
    case 'UTF-16BE':
      return (raw) => Buffer.from(raw, 'utf16le').swap16()
    case 'UTF-16':
      return (raw) => Buffer.from(`\ufeff${raw}`, 'utf16le').swap16()
    default:
      return undefined
  }
}

/** Java writes `?` for a character that the set lacks. */
const singleBytes = (raw: string, last: number) =>
  Buffer.from([...raw].map((character) => ((character.codePointAt(0) ?? 0) > last ? 0x3f : (character.codePointAt(0) ?? 0))))

import { randomInt } from 'node:crypto'
import { equalInConstantTime } from '../../base/crypto.ts'
import type { PasswordEncoder } from '../encoder.ts'
import { LETTERS } from './crypt/base64.ts'
import { desCrypt } from './crypt/des.ts'
import { md5Crypt } from './crypt/md5.ts'
import { shaCrypt } from './crypt/sha.ts'

/**
 * crypt(3): the stored value as its own setting. `$1$` (MD5), `$5$` and `$6$` (SHA-2), 13 characters without `$` (DES).
 *
 * @returns `undefined` for any other form, `too-costly` for one with more rounds than a server can do.
 */
export async function crypt(raw: string, setting: string): Promise<string | 'too-costly' | undefined> {
  if (setting.startsWith('$1$')) return md5Crypt(raw, setting)
  if (setting.startsWith('$5$') || setting.startsWith('$6$')) return shaCrypt(raw, setting)
  return desCrypt(raw, setting)
}

/**
 * `GLIBC_CRYPT`.
 *
 * @param method `encoding-algorithm`: `1`/`MD5`, `5`/`SHA-256`, `6`/`SHA-512`, `DES`; empty for SHA-512. Of new values only.
 */
export function glibcCrypt(method: string, onTooCostly: () => void): PasswordEncoder {
  return {
    async matches(raw, encoded) {
      const found = await crypt(raw, encoded)
      if (found === 'too-costly') onTooCostly()
      return found !== undefined && equalInConstantTime(found, encoded)
    },
    async encode(raw) {
      const salt = (length: number) => Array.from({ length }, () => LETTERS[randomInt(64)]).join('')
      const kind = method.replace(/[^0-9a-z]/gi, '').toLowerCase()
      const setting = { des: salt(2), 1: `$1$${salt(8)}$`, md5: `$1$${salt(8)}$`, 5: `$5$${salt(16)}$`, sha256: `$5$${salt(16)}$` }[kind]
      const found = await crypt(raw, setting ?? `$6$${salt(16)}$`)
      if (found === undefined) throw new Error('this password cannot be encoded by crypt(3)')
      return found
    },
  }
}

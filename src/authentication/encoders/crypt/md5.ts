import { createHash } from 'node:crypto'
import { crypt64Groups } from './base64.ts'

const ROUNDS = 1000
const GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]

/** FreeBSD's `$1$salt$hash`, as glibc does it. */
export function md5Crypt(raw: string, setting: string): string | undefined {
  const salt = /^\$1\$([^$]{0,8})/.exec(setting)?.[1]
  if (salt === undefined) return undefined
  const password = Buffer.from(raw)
  const md5 = (...parts: (Buffer | string)[]) => {
    const hash = createHash('md5')
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const alternate = md5(password, salt, password)
  const first: (Buffer | string)[] = [password, '$1$', salt]
  for (let left = password.length; left > 0; left -= 16) first.push(alternate.subarray(0, Math.min(16, left)))
  // Odd bits add a zero byte, even ones the first byte of the password: what the first program did.
  for (let bits = password.length; bits > 0; bits >>= 1) first.push(bits & 1 ? Buffer.alloc(1) : password.subarray(0, 1))
  let result = md5(...first)
  for (let round = 0; round < ROUNDS; round++) {
    const parts: (Buffer | string)[] = [round & 1 ? password : result]
    if (round % 3) parts.push(salt)
    if (round % 7) parts.push(password)
    parts.push(round & 1 ? result : password)
    result = md5(...parts)
  }
  return `$1$${salt}$${crypt64Groups(result, GROUPS)}`
}

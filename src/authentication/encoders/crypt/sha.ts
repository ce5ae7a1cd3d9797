import { createHash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { crypt64Groups } from './base64.ts'

const KINDS = {
  5: {
    digest: 'sha256',
    bytes: 32,
    groups: [
      [0, 10, 20],
      [21, 1, 11],
      [12, 22, 2],
      [3, 13, 23],
      [24, 4, 14],
      [15, 25, 5],
      [6, 16, 26],
      [27, 7, 17],
      [18, 28, 8],
      [9, 19, 29],
      [31, 30],
    ],
  },
  6: {
    digest: 'sha512',
    bytes: 64,
    // 0 21 42, 22 43 1, 44 2 23 … and the last byte alone.
    groups: [...Array.from({ length: 21 }, (_, i) => rotated([i, i + 21, i + 42], i)), [63]],
  },
} as const

function rotated([a, b, c]: readonly [number, number, number], by: number): number[] {
  return by % 3 === 0 ? [a, b, c] : by % 3 === 1 ? [b, c, a] : [c, a, b]
}

const DEFAULT_ROUNDS = 5000
/** About three seconds. */
const MAX_ROUNDS = 1_000_000
/** As many rounds as take about half a millisecond; in between others get their turn. */
const ROUNDS_A_SLICE = 250

/** SHA-crypt (`$5$`, `$6$`, with `rounds=`), after its public specification of 2007. Gives way to the event loop while it works. */
export async function shaCrypt(raw: string, setting: string): Promise<string | 'too-costly' | undefined> {
  const [, kindText = '', wished, salt] = /^\$([56])\$(?:rounds=(\d{1,9})\$)?([^$]{0,16})/.exec(setting) ?? []
  if (salt === undefined) return undefined
  const { digest, bytes, groups } = KINDS[kindText === '5' ? 5 : 6]
  const rounds = wished === undefined ? DEFAULT_ROUNDS : Math.max(1000, Number(wished))
  if (rounds > MAX_ROUNDS) return 'too-costly'
  const password = Buffer.from(raw)
  const saltBytes = Buffer.from(salt)
  const sha = (parts: readonly Buffer[]) => {
    const hash = createHash(digest)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const repeated = (block: Buffer, length: number) =>
    Buffer.concat(Array.from({ length: Math.ceil(length / bytes) }, () => block)).subarray(0, length)

  const alternate = sha([password, saltBytes, password])
  const first = [password, saltBytes, repeated(alternate, password.length)]
  for (let bits = password.length; bits > 0; bits >>= 1) first.push(bits & 1 ? alternate : password)
  let result: Buffer = sha(first)
  const p = repeated(sha(Array.from({ length: password.length }, () => password)), password.length)
  const s = repeated(sha(Array.from({ length: 16 + (result[0] ?? 0) }, () => saltBytes)), saltBytes.length)
  for (let round = 0; round < rounds; round++) {
    if (round % ROUNDS_A_SLICE === ROUNDS_A_SLICE - 1) await breathe()
    const parts: Buffer[] = [round & 1 ? p : result]
    if (round % 3) parts.push(s)
    if (round % 7) parts.push(p)
    parts.push(round & 1 ? result : p)
    result = sha(parts)
  }
  return `$${kindText}$${wished === undefined ? '' : `rounds=${rounds}$`}${salt}$${crypt64Groups(result, groups)}`
}

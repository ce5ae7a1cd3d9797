import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PasswordEncoder } from '../encoder.ts'

const DIGESTS: Readonly<Record<string, { readonly digest: string; readonly bytes: number }>> = {
  md5: { digest: 'md5', bytes: 16 },
  smd5: { digest: 'md5', bytes: 16 },
  sha: { digest: 'sha1', bytes: 20 },
  ssha: { digest: 'sha1', bytes: 20 },
  sha256: { digest: 'sha256', bytes: 32 },
  ssha256: { digest: 'sha256', bytes: 32 },
  sha384: { digest: 'sha384', bytes: 48 },
  ssha384: { digest: 'sha384', bytes: 48 },
  sha512: { digest: 'sha512', bytes: 64 },
  ssha512: { digest: 'sha512', bytes: 64 },
}

/** Whether a value has the form of a directory's password, e.g. `{SSHA}…`. */
export const isDirectoryScheme = (scheme: string): boolean => scheme.toLowerCase() in DIGESTS

/** `SSHA`: LDAP's `{SHA}`, `{SSHA}` and their relatives, Base64 of digest(password ‖ salt) ‖ salt. New values are `{SSHA}` as in CAS. */
export const ssha: PasswordEncoder = {
  async matches(raw, encoded) {
    const [, scheme = '', text = ''] = /^\{(\w{2,8})\}([A-Za-z0-9+/]+=*)$/.exec(encoded) ?? []
    const kind = DIGESTS[scheme.toLowerCase()]
    if (!kind) return false
    const stored = Buffer.from(text, 'base64')
    const salted = /^ss|^sm/i.test(scheme)
    if (stored.length < kind.bytes || (!salted && stored.length !== kind.bytes)) return false
    const found = createHash(kind.digest).update(raw).update(stored.subarray(kind.bytes)).digest()
    return timingSafeEqual(found, stored.subarray(0, kind.bytes))
  },
  async encode(raw) {
    const salt = randomBytes(8)
    const digest = createHash('sha1').update(raw).update(salt).digest()
    return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`
  },
}

import { textsOf } from '../definitions/members.ts'
import type { Released, ReleasePolicyPlug } from './release-policy.ts'

/** The attributes listed, each value for the eyes of the application only. Without a usable key nothing is released. */
export const returnEncrypted = {
  type: 'ReturnEncryptedAttributeReleasePolicy',
  build(members, { encryption, warn }) {
    const names = textsOf(members, 'allowedAttributes')
    const encrypt = encryption()
    return (available) => {
      const released: Released = new Map()
      if (!encrypt) return released
      for (const name of names) {
        const values = available.get(name)?.flatMap((value) => encrypt(String(value)) ?? [])
        if (values === undefined) continue
        if (values.length < (available.get(name)?.length ?? 0))
          warn(`a value of "${name}" is too long for the publicKey and is not released`)
        if (values.length > 0) released.set(name, values)
      }
      return released
    }
  },
} satisfies ReleasePolicyPlug

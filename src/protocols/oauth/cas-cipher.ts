/** Opens values that CAS's string cipher made: a signed JWS around a JWE (configuration.md 9.2). */
export type OpenCasCipher = (value: string) => Promise<string | undefined>

const ENCRYPTIONS = ['A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512']

/**
 * @param pairs Encryption and signing key as configured: the `k` of an oct JWK, which is decoded; a text, whose UTF-8 bytes are the key, as in CAS.
 * @returns the clear text, `undefined` for what none of the pairs opens.
 */
export function casCipher(pairs: readonly (readonly [encryption: string, signing: string])[]): OpenCasCipher {
  return async (value) => {
    const { compactDecrypt, compactVerify } = await import('jose')
    for (const [encryption, signing] of pairs) {
      try {
        const signed = await compactVerify(value, new TextEncoder().encode(signing), { algorithms: ['HS512'] })
        const payload = new TextDecoder().decode(signed.payload)
        if (payload.split('.').length !== 5) return payload
        const { plaintext } = await compactDecrypt(payload, Buffer.from(encryption, 'base64url'), {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ENCRYPTIONS,
        })
        return new TextDecoder().decode(plaintext)
      } catch {
        // Another pair may have made it.
      }
    }
    return undefined
  }
}

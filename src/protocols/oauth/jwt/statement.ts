import type { SigningKey } from './cipher.ts'

const hasPublicHalf = ({ verify }: SigningKey) => !(verify instanceof Uint8Array)

/** Algorithms by which a statement can be signed here; empty where no key has a public half. Each key does its own: that is what /oauth2.0/jwks says of it. */
export const statementAlgorithms = (keys: readonly SigningKey[]): readonly string[] => [
  ...new Set(keys.filter(hasPublicHalf).map(({ alg }) => alg)),
]

/**
 * Signs something that is no token, with a key whose public half anybody can get.
 *
 * @param alg `undefined`: that of the first key.
 * @returns `undefined` where no key can do it.
 */
export async function signStatement(
  keys: readonly SigningKey[],
  claims: object,
  { typ, alg }: { readonly typ: string; readonly alg: string | undefined },
): Promise<string | undefined> {
  const key = keys.filter(hasPublicHalf).find((each) => alg === undefined || each.alg === alg)
  if (!key) return undefined
  const { CompactSign } = await import('jose')
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: key.alg, typ, kid: key.kid })
    .sign(key.sign)
}

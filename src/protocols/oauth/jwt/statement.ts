import type { SigningKey } from './cipher.ts'
import { algorithmsOfKey, keyFor } from './keys.ts'
import { signCompact } from './signature.ts'

const hasPublicHalf = ({ verify }: SigningKey) => !(verify instanceof Uint8Array)

/** Algorithms by which a statement can be signed here so that anybody can verify it; empty where no key has a public half. */
export const statementAlgorithms = (keys: readonly SigningKey[]): readonly string[] => [
  ...new Set(keys.filter(hasPublicHalf).flatMap(algorithmsOfKey)),
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
  const signing = keys.filter(hasPublicHalf)
  // The key that was made for it, before one that can do it as well.
  const key =
    alg === undefined ? signing[0] : (signing.find((each) => each.alg === alg) ?? signing.flatMap((each) => keyFor(each, alg) ?? [])[0])
  if (!key) return undefined
  return signCompact(key, JSON.stringify(claims), { typ })
}

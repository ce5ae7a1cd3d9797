import { CipherMistake, type CipherSettings, decryptValue } from './cipher.ts'
import { CIPHER_PREFIX } from './cipher-names.ts'
import type { FrameConfig } from './config.ts'
import { type Problem, warning, wrongValue } from './problem.ts'
import type { Entry, Source } from './source.ts'

const SECURITY = 'cas.standalone.configurationsecurity.'

/** How to decrypt, as the settings outside of files say; `undefined` without a password. */
export function cipherSettings(frame: FrameConfig): CipherSettings | undefined {
  const { psw, alg, iterations, initializationVector } = frame.cas.standalone.configurationSecurity
  return psw === '' ? undefined : { password: psw, algorithm: alg, iterations, initializationVector }
}

/**
 * Takes what says how to decrypt out of files: whoever can read the values would find their password beside them, and CAS does not look there
 * (configuration.md 6).
 */
export function withoutSecurity(sources: readonly Source[], problems: Problem[]): readonly Source[] {
  return sources.map((source) => {
    const [inFile, others] = partition(source.entries, ({ name }) => name.startsWith(SECURITY))
    for (const { key, origin } of inFile)
      problems.push(warning('hint', key, origin, 'stands in a file, where it does not count; use -D or an environment variable'))
    return inFile.length === 0 ? source : { ...source, entries: others }
  })
}

/** Decrypts the values that are written encrypted, whoever uses them; those that cannot be decrypted end the start and are not guessed at. */
export async function decryptSources(
  sources: readonly Source[],
  settings: CipherSettings | undefined,
  problems: Problem[],
): Promise<readonly Source[]> {
  if (!sources.some(({ entries }) => entries.some(isEncrypted))) return sources
  const known = new Map<string, string | CipherMistake>()
  const decrypted: Source[] = []
  for (const source of sources) {
    const entries: Entry[] = []
    for (const entry of source.entries) {
      if (!isEncrypted(entry)) {
        entries.push(entry)
        continue
      }
      const found = known.get(entry.value) ?? (await attempt(entry.value, settings))
      known.set(entry.value, found)
      if (typeof found === 'string') entries.push({ ...entry, decrypted: found })
      else {
        problems.push(wrongValue(entry.key, entry.origin, found.message))
        entries.push(entry)
      }
    }
    decrypted.push({ ...source, entries })
  }
  return decrypted
}

async function attempt(value: string, settings: CipherSettings | undefined): Promise<string | CipherMistake> {
  if (!settings)
    return new CipherMistake(
      'is encrypted, and there is no password: give cas.standalone.configuration-security.psw as -D or as an environment variable',
    )
  try {
    return await decryptValue(value, settings)
  } catch (error) {
    if (error instanceof CipherMistake) return error
    throw error
  }
}

const isEncrypted = ({ value }: Entry) => value.startsWith(CIPHER_PREFIX)

function partition<T>(all: readonly T[], condition: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(condition), all.filter((one) => !condition(one))]
}

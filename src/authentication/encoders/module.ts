import { pathToFileURL } from 'node:url'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { PasswordEncoder } from '../encoder.ts'
import { fileOf } from '../location.ts'

/**
 * An encoder of the operator's own: a module with `matches(raw, encoded)` and `encode(raw)`, which may be asynchronous (decisions.md D16).
 *
 * @throws {StartRefusal} for a Java class, a Groovy script, a module that cannot be loaded or lacks one of the two.
 */
export async function moduleEncoder(
  location: string,
  setting: string,
  { configurationDirectory, scriptTimeoutMs }: { readonly configurationDirectory: string; readonly scriptTimeoutMs: number },
): Promise<PasswordEncoder> {
  if (!/\.(mjs|js|mts|ts)$/.test(location)) {
    const wish = /\.groovy$/.test(location) ? location.replace(/\.groovy$/, '.mjs') : '/path/to/encoder.mjs'
    throw new StartRefusal(
      `names no encoder Castellan knows: "${location}". Write a module, e.g. ${wish}, that exports matches(raw, encoded) and encode(raw)`,
      { setting },
    )
  }
  const module = (await import(pathToFileURL(fileOf(location, configurationDirectory, setting)).href).catch((cause: unknown) => {
    throw new StartRefusal(`cannot be loaded: ${location}`, { setting, cause })
  })) as Readonly<Record<string, unknown>>
  const { matches, encode } = module
  if (typeof matches !== 'function' || typeof encode !== 'function') {
    throw new StartRefusal(`must be a module that exports matches(raw, encoded) and encode(raw): ${location}`, { setting })
  }
  return {
    // Only `true` is a match: a promise somebody forgot to await, or a text, is not.
    matches: async (raw, encoded) => (await inTime(matches(raw, encoded), scriptTimeoutMs, location)) === true,
    encode: async (raw) => String(await inTime(encode(raw), scriptTimeoutMs, location)),
  }
}

/** Waits no longer than that. A module that never gives the processor back cannot be stopped: it is the operator's own. */
async function inTime(answer: unknown, timeoutMs: number, location: string): Promise<unknown> {
  if (!(answer instanceof Promise)) return answer
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_resolve, reject) => {
    // Timers take no more than 31 bits; "never" becomes 24 days.
    timer = setTimeout(() => reject(new Error(`${location} did not answer within ${timeoutMs} ms`)), Math.min(timeoutMs, 2 ** 31 - 1))
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

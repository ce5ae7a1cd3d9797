import { readFileSync } from 'node:fs'
import { programFile } from './program-files.ts'

/** Version of CAS whose settings and answers are the reference. */
export const CAS_REFERENCE_VERSION = '7.3.5'

/** Our own version, out of package.json, which lies above `src/` as above `dist/`. */
export function ownVersion(): string {
  const description: unknown = JSON.parse(readFileSync(programFile('../package.json'), 'utf8'))
  return typeof description === 'object' && description !== null && 'version' in description ? String(description.version) : 'unknown'
}

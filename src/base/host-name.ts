import { hostname } from 'node:os'

/**
 * The host as services choose their nodes by it (`complete`) and as ticket ids end with it (`suffix`): the short name of the machine, the name configured, or
 * nothing (`off`).
 *
 * @param configured `cas.host.name`.
 */
export function hostNameOf(configured: string): { readonly complete: string; readonly suffix: string } {
  const complete = hostname()
  const name = configured.trim()
  if (name.toLowerCase() === 'off') return { complete, suffix: '' }
  return { complete: name || complete, suffix: name || (complete.split('.')[0] ?? '') }
}

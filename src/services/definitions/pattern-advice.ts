import type { Report } from './check.ts'

const HOST = String.raw`\^?(?:https?\??|\([a-z|]+\)):\/\/[\w.\\-]+(?::\d+)?`
const BARE_ORIGIN = new RegExp(`^${HOST}\\$?$`, 'i')
const OPEN_HOST = new RegExp(`^${HOST}\\.\\*\\$?$`, 'i')

/** Warns about two patterns that people write and do not mean (services.md 8.2, 14). */
export function warnAboutPattern(serviceId: string, match: 'full' | 'find', report: Report): void {
  if (serviceId.length > 500) return
  if (match === 'full' && BARE_ORIGIN.test(serviceId)) {
    const proposal = `${serviceId.replace(/\$$/, '')}(/.*)?`
    report('warning', `the serviceId takes the bare address only, not even a trailing slash; did you mean ${proposal}`, 'serviceId')
  } else if (OPEN_HOST.test(serviceId)) {
    const proposal = serviceId.replace(/\.\*\$?$/, '(/.*)?')
    report('warning', `the serviceId also takes other hosts that begin like this one; did you mean ${proposal}`, 'serviceId')
  }
}

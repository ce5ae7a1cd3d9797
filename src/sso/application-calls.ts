import { lookup as systemLookup } from 'node:dns'
import { readFileSync } from 'node:fs'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import { type HttpCall, type HttpCaller, type HttpOutcome, httpCaller } from '../base/http-call.ts'
import type { Log } from '../base/log.ts'
import { resourceAt } from '../base/resource.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { SsoConfig } from './config.ts'

export interface ApplicationCallsParts {
  readonly settings: SsoConfig
  readonly configurationDirectory: string
  readonly log: Log
}

const SETTING = 'cas.http-client.truststore.file'

/** Where clouds hand the credentials of a machine to whoever asks from inside it, and what else is never the address of an application. */
const forbidden = new BlockList()
forbidden.addSubnet('169.254.0.0', 16, 'ipv4')
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addAddress('fd00:ec2::254', 'ipv6')

const isForbidden = (address: string) => forbidden.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** The system's look-up, without the addresses that are nobody's application; asked at each connection, so that a name cannot change its mind. */
const guardedLookup: LookupFunction = (name, options, done) => {
  systemLookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '', 0)
    const allowed = addresses.filter(({ address }) => !isForbidden(address))
    const [first] = allowed
    if (!first) return done(new Error('leads to an address that is no application'), '', 0)
    if (options.all) return done(null, allowed)
    return done(null, first.address, first.family)
  })
}

/**
 * Calls to applications: proxy callbacks and logout messages (cas-protocol.md 5.2, 11.3; `cas.http-client.*`). Follows no redirect; never goes to link-local
 * addresses, whatever a name says. An application has `connection-timeout` and `response-timeout` together for its whole answer.
 *
 * @throws {StartRefusal} for a trust store that cannot be read, or is none of PEM.
 */
export function applicationCalls({ settings, configurationDirectory, log }: ApplicationCallsParts): HttpCaller {
  const { hostNameVerifier } = settings.cas.httpClient
  const own = trustedCertificates(settings, configurationDirectory)
  if (hostNameVerifier === 'none') {
    log.warn({ setting: 'cas.http-client.host-name-verifier' }, 'the names in the certificates of applications are not looked at')
  }
  const caller = httpCaller({
    lookup: guardedLookup,
    tls: {
      ...(own === undefined ? {} : { ca: [...getCACertificates('default'), own] }),
      ...(hostNameVerifier === 'none' ? { checkServerIdentity: () => undefined } : {}),
    },
  })
  return {
    async call(request: HttpCall): Promise<HttpOutcome> {
      const host = request.url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) !== 0 && isForbidden(host)) return { kind: 'not-sent', reason: 'leads to an address that is no application' }
      return caller.call(request)
    },
    close: () => caller.close(),
  }
}

/** Certificates besides those of the system, as PEM. @throws {StartRefusal} for a file that cannot be read, or holds none. */
export function trustedCertificates({ cas }: SsoConfig, configurationDirectory: string): string | undefined {
  const file = cas.httpClient.truststore.file.trim()
  return file === '' ? undefined : trusted(file, configurationDirectory)
}

function trusted(location: string, configurationDirectory: string): string {
  const resource = resourceAt(location, configurationDirectory)
  if (resource.kind === 'web') throw new StartRefusal('must be a file', { setting: SETTING })
  let bytes: Buffer
  try {
    bytes = readFileSync(resource.path)
  } catch (cause) {
    throw new StartRefusal(`${resource.path} cannot be read`, { setting: SETTING, cause })
  }
  if (bytes.includes('-----BEGIN CERTIFICATE')) return bytes.toString()
  throw new StartRefusal(
    `${resource.path} holds no certificate in PEM; convert it: keytool -exportcert -rfc -keystore ${resource.path} -alias NAME > trusted.pem`,
    { setting: SETTING },
  )
}

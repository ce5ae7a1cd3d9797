import { isIP } from 'node:net'
import type { Client } from '../base/client.ts'
import { type HttpConfig, PRIVATE_NETWORKS } from './config.ts'
import { compilePattern } from './pattern.ts'

/** The other end of a connection, and what it says about itself. */
export interface Peer {
  readonly address: string
  readonly serverAddress: string
  readonly encrypted: boolean
}
export type HeaderReader = (lowerCaseName: string) => string | undefined

/** More addresses than this in one header are noise; those nearest to us, at the right, are looked at. */
const MOST_HOPS = 30
const MOST_KNOWN_PEERS = 1000
const USUAL_HEADER = 'x-forwarded-for'

/**
 * Who sent a request (configuration.md 10.1): the peer, or whom it speaks for when it is a trusted proxy. Headers of anybody else are not looked at. The
 * list of addresses is walked from the right, and the first one that is no trusted proxy is the client.
 */
export function clientFinder(settings: HttpConfig): (peer: Peer, header: HeaderReader) => Client {
  const { remoteip } = settings.server.tomcat
  const strategy = settings.server.forwardHeadersStrategy
  const alternate = settings.cas.audit.engine.alternateClientAddrHeaderName.trim().toLowerCase()
  const remote = remoteip.remoteIpHeader.trim().toLowerCase()
  // Who named one header of the proxy's own must not be misled by the other's default, which such a proxy passes on as the browser sent it.
  const order = alternate === USUAL_HEADER ? [remote, alternate] : [alternate, remote]
  const addressHeaders = [...new Set(order)].filter((name) => name !== '')
  const protocolHeader = remoteip.protocolHeader.trim().toLowerCase()
  const httpsValue = remoteip.protocolHeaderHttpsValue.trim().toLowerCase()
  const { httpProxy } = settings.cas.server.tomcat
  const alwaysSecure = httpProxy.enabled && (httpProxy.secure || httpProxy.scheme.toLowerCase() === 'https')
  const isTrusted = remembering(trustedProxies(remoteip.internalProxies))
  const speaksForOthers = (header: HeaderReader) =>
    (strategy === 'FRAMEWORK' && header('forwarded') !== undefined) ||
    addressHeaders.some((name) => header(name) !== undefined) ||
    (protocolHeader !== '' && header(protocolHeader) !== undefined)

  return (peer, header) => {
    const userAgent = header('user-agent') ?? ''
    const address = plainPeer(peer.address) ?? peer.address
    const direct = { address, userAgent, serverAddress: peer.serverAddress, secure: peer.encrypted || alwaysSecure, header }
    if (strategy === 'NONE' || !speaksForOthers(header) || !isTrusted(address)) return direct
    const forwarded = strategy === 'FRAMEWORK' ? header('forwarded') : undefined
    if (forwarded !== undefined) {
      const proto = element(forwarded, 'proto')
      return {
        ...direct,
        address: walk(elements(forwarded, 'for'), address, isTrusted),
        secure: proto === undefined ? direct.secure : proto.toLowerCase() === 'https',
      }
    }
    let client = address
    for (const name of addressHeaders) {
      const list = header(name)
      if (list === undefined) continue
      client = walk(list.split(','), address, isTrusted)
      break
    }
    const proto = protocolHeader === '' ? undefined : header(protocolHeader)
    const secure = proto === undefined ? direct.secure : proto.split(',').every((one) => one.trim().toLowerCase() === httpsValue)
    return client === address && secure === direct.secure ? direct : { ...direct, address: client, secure }
  }
}

function walk(list: readonly string[], peer: string, isTrusted: (address: string) => boolean): string {
  let found = peer
  for (const text of list.slice(-MOST_HOPS).reverse()) {
    const address = plainAddress(text)
    // Something that is no address ends the chain: what stands left of it was not vouched for by anybody.
    if (address === undefined) return found
    found = address
    if (!isTrusted(address)) return found
  }
  return found
}

/** `[2001:db8::1]:443`, `::ffff:10.0.0.1`, `10.0.0.1:80`, `fe80::1%eth0` → the bare address; `undefined` for anything else. */
export function plainAddress(text: string): string | undefined {
  let address = text.trim()
  if (address.length > 80) return undefined
  if (address.startsWith('"') && address.endsWith('"')) address = address.slice(1, -1)
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(address)
  if (bracketed) address = bracketed[1] ?? ''
  else if (/^[\d.]+:\d{1,5}$/.test(address)) address = address.slice(0, address.indexOf(':'))
  const zone = address.indexOf('%')
  if (zone !== -1) address = address.slice(0, zone)
  if (address.startsWith('::ffff:') && isIP(address.slice(7)) === 4) address = address.slice(7)
  return isIP(address) === 0 ? undefined : address.toLowerCase()
}

/** The values of one parameter in a `Forwarded` header (RFC 7239), left to right. */
function elements(forwarded: string, name: string): string[] {
  return forwarded
    .split(',')
    .slice(-MOST_HOPS)
    .map((hop) => element(hop, name) ?? '')
}

function element(hop: string, name: string): string | undefined {
  for (const pair of hop.split(/[;,]/)) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim().toLowerCase() === name)
      return pair
        .slice(equals + 1)
        .trim()
        .replaceAll('"', '')
  }
  return undefined
}

/** @throws {StartRefusal} The pattern cannot be read. */
function trustedProxies(pattern: string): (address: string) => boolean {
  const compiled = () => compilePattern('server.tomcat.remoteip.internal-proxies', pattern, 'full')
  if (pattern !== PRIVATE_NETWORKS) return compiled()
  // A start need not wait for the long pattern that is known to be right.
  let usual: ReturnType<typeof compiled> | undefined
  return (address) => {
    usual ??= compiled()
    return usual(address)
  }
}

/** Few peers ask over and over: what is known of an address is kept, within bounds. */
function remembering<T>(of: (address: string) => T): (address: string) => T {
  const known = new Map<string, T>()
  return (address) => {
    const before = known.get(address)
    if (before !== undefined || known.has(address)) return before as T
    const answer = of(address)
    if (known.size >= MOST_KNOWN_PEERS) known.clear()
    known.set(address, answer)
    return answer
  }
}

/** `plainAddress` of those that Node names: the two ends of a connection. */
export const plainPeer = remembering(plainAddress)

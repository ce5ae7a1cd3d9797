import { hostname, release, type } from 'node:os'
import { CAS_REFERENCE_VERSION } from '../../base/version.ts'
import { type Endpoint, springJson } from '../endpoint.ts'

/** What the program and this server are, for people. */
export interface About {
  /** Version of the program. */
  readonly version: string
  /** `cas.server.name`. */
  readonly serverName: string
  /** `cas.server.scope`. */
  readonly scope: string
  /** Name of this host, as ticket ids end with it. */
  readonly hostName: string
}

/** `info`: what runs here. The version of CAS is that whose behaviour is the reference, for tools that read it (configuration.md 14.5). */
export function infoEndpoint({ about }: { readonly about: About }): Endpoint {
  const { version, serverName: name, scope, hostName: host } = about
  const facts = {
    cas: { version: CAS_REFERENCE_VERSION },
    build: { name: 'castellan', version },
    runtime: { name: 'node', version: process.versions.node },
    os: { name: type(), version: release(), arch: process.arch },
    server: { hostname: hostname(), host, name, scope },
  }
  return {
    id: 'info',
    openByDefault: true,
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle: (call) => springJson(call, { ...facts, process: { pid: process.pid, uptime: Math.floor(process.uptime()) } }),
      },
    ],
  }
}

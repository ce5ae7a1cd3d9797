import type { Json } from '../base/json.ts'
import type { Call } from '../http/index.ts'
import { springJson } from './endpoint.ts'
import type { GatedEndpoint } from './frame.ts'

/**
 * The list of links at the base path, as Spring Boot has it: ids in lower case, and one more link for each path with parts of the caller's choosing.
 *
 * @param address Of the base path; without, the one that was asked for.
 */
export function discovery(endpoints: readonly GatedEndpoint[], address: string | undefined): (call: Call) => Response {
  const paths = endpoints.flatMap(({ id, path, routes }) =>
    routes.map((route) => [nameOf(id, route.path), path + template(route.path)] as const),
  )
  return (call) => {
    const self = address ?? call.req.url.replace(/[?#].*$/, '').replace(/\/+$/, '')
    const links: Record<string, Json> = { self: link(self) }
    for (const [name, path] of paths) links[name] = link(self + path)
    return springJson(call, { _links: links })
  }
}

const link = (href: string) => ({ href, templated: href.includes('{') })

/** `metrics-name` for `/:name`, `registeredservices-type-type` for `/type/:type`. */
function nameOf(id: string, path: string): string {
  const parts = path.split('/').flatMap((part) => (part === '' ? [] : [part.replace(/^:|\{.*$/g, '')]))
  return [id.toLowerCase(), ...parts].join('-')
}

const template = (path: string) => path.replace(/:(\w+)\{.*?\}/g, '{*$1}').replace(/:(\w+)/g, '{$1}')

import type { Json } from '../../base/json.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { Attributes } from '../../services/index.ts'
import type { AttributeSource } from '../attribute-source.ts'
import type { AuthenticationConfig } from '../config.ts'
import { readAttributes } from '../json-account.ts'
import type { SourceParts } from './source-parts.ts'

type Settings = AuthenticationConfig['cas']['authn']['attributeRepository']['rest'][number]

/**
 * `cas.authn.attribute-repository.rest[i]`: another server, `GET url?username=user1` → `{"mail":"x","groups":["a","b"]}`; 404 for somebody it does not know.
 *
 * @throws {StartRefusal}
 */
export function rest(settings: Settings, index: number, { requests }: Pick<SourceParts, 'requests'>): AttributeSource | undefined {
  if (settings.url.trim() === '') return undefined
  const endpoint = URL.parse(settings.url.trim())
  if (!endpoint || !/^https?:$/.test(endpoint.protocol))
    throw new StartRefusal('must be an http(s) address', { setting: `cas.authn.attribute-repository.rest[${index}].url` })
  const { basicAuthUsername, basicAuthPassword } = settings
  const basic = Buffer.from(`${basicAuthUsername}:${basicAuthPassword}`, 'utf8').toString('base64')
  const headers = {
    Accept: 'application/json',
    ...settings.headers,
    ...(basicAuthUsername === '' ? {} : { Authorization: `Basic ${basic}` }),
  }
  return {
    id: settings.id || `rest${index}`,
    order: settings.order,
    state: settings.state,
    async attributesOf(username) {
      const url = new URL(endpoint)
      url.searchParams.set(settings.usernameAttribute, username)
      const { status, body } = await requests().send({ url: url.href, method: settings.method, headers })
      if (status === 404) return undefined
      if (status !== 200) throw new Error(`${endpoint.host} answers ${status}`)
      return read(body, endpoint.host)
    },
  }
}

function read(body: string, host: string): Attributes {
  let written: Json
  try {
    written = JSON.parse(body) as Json
  } catch {
    throw new Error(`${host} answers with no JSON`)
  }
  const attributes = readAttributes(written)
  if (!attributes) throw new Error(`${host} answers with something else than names and values`)
  return attributes
}

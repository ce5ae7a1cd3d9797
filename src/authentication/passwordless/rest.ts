import type { Json } from '../../base/json.ts'
import { type OutgoingRequests, outgoingRequests } from '../../base/outgoing-request.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { type AccountSource, readPasswordlessAccount } from './account.ts'
import type { PasswordlessConfig } from './config.ts'

const SETTING = 'cas.authn.passwordless.accounts.rest.url'
const LIMITS = { connectTimeoutMs: 3000, readTimeoutMs: 5000, maxBodyBytes: 64 * 1024 }

/** The address that is asked; `undefined`: none. @throws {StartRefusal} */
export function restAccountsAddress({ cas }: PasswordlessConfig): URL | undefined {
  const { url } = cas.authn.passwordless.accounts.rest
  if (url.trim() === '') return undefined
  const endpoint = URL.parse(url.trim())
  if (!endpoint || !/^https?:$/.test(endpoint.protocol)) throw new StartRefusal('must be an http(s) address', { setting: SETTING })
  return endpoint
}

/** `cas.authn.passwordless.accounts.rest`: another server, asked with `?username=`; 404, 204 and an empty body: nobody. */
export function rest(settings: PasswordlessConfig, atTheEnd: (close: () => Promise<void>) => void): AccountSource | undefined {
  const endpoint = restAccountsAddress(settings)
  if (!endpoint) return undefined
  const { method, headers, basicAuthUsername, basicAuthPassword } = settings.cas.authn.passwordless.accounts.rest
  const requests: OutgoingRequests = outgoingRequests(LIMITS)
  atTheEnd(async () => requests.close())
  const basic = Buffer.from(`${basicAuthUsername}:${basicAuthPassword}`, 'utf8').toString('base64')
  const sent = {
    Accept: 'application/json',
    ...headers,
    ...(basicAuthUsername === '' ? {} : { Authorization: `Basic ${basic}` }),
  }
  return {
    name: 'rest',
    async find(username) {
      const url = new URL(endpoint)
      url.searchParams.set('username', username)
      const { status, body } = await requests.send({ url: url.href, method, headers: sent })
      if (status === 404 || status === 204 || (status === 200 && body.trim() === '')) return undefined
      if (status !== 200) throw new Error(`${endpoint.host} answers ${status}`)
      const account = readPasswordlessAccount(parsed(body, endpoint.host), username)
      if (typeof account === 'string') throw new Error(`what ${endpoint.host} answers ${account}`)
      return account
    },
  }
}

function parsed(body: string, host: string): Json {
  try {
    return JSON.parse(body) as Json
  } catch {
    throw new Error(`${host} answers with no JSON`)
  }
}

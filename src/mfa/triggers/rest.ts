import { httpCaller } from '../../base/http-call.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { MultifactorConfig } from '../config.ts'
import type { TriggerKind } from './trigger.ts'

const SETTING = 'cas.authn.mfa.triggers.rest'
const TIMEOUT_MS = 5000
const LONGEST_ANSWER = 1000
const METHODS = ['GET', 'POST', 'PUT'] as const

/** Who is asked, and how. @returns `undefined`: nobody. @throws {StartRefusal} for what cannot be asked. */
export function restTarget({ cas }: MultifactorConfig) {
  const { rest } = cas.authn.mfa.triggers
  if (!rest.url) return undefined
  const url = URL.parse(rest.url.trim())
  if (!url || !/^https?:$/.test(url.protocol)) throw new StartRefusal('must be an http or https address', { setting: `${SETTING}.url` })
  const method = METHODS.find((one) => one === (rest.method.trim().toUpperCase() || 'GET'))
  if (!method) throw new StartRefusal(`must be ${METHODS.join(', ')}`, { setting: `${SETTING}.method` })
  return { url, method, headers: headersOf(rest) }
}

/**
 * `cas.authn.mfa.triggers.rest.url`: another server is asked with `{"principalId", "serviceId"}`, and not without a service; the body of a 2xx is the provider,
 * or nothing (4). Whatever else comes refuses the login.
 */
export const restTrigger: TriggerKind = ({ settings, log }) => {
  const target = restTarget(settings)
  if (!target) return undefined
  const caller = httpCaller()
  return {
    name: 'rest',
    async ask({ service, authentication }) {
      if (!service) return undefined
      const body = JSON.stringify({ principalId: authentication.principal.id, serviceId: service.id })
      const outcome = await caller.call({ ...target, body, timeoutMs: TIMEOUT_MS, maxAnswerBytes: LONGEST_ANSWER })
      if (outcome.kind === 'answer' && outcome.status >= 200 && outcome.status < 300) {
        const id = outcome.body.trim()
        return id === '' ? undefined : { kind: 'providers', ids: [id.slice(0, 100)], all: true }
      }
      const reason = outcome.kind === 'answer' ? `status ${outcome.status}` : outcome.reason
      log.error({ setting: `${SETTING}.url`, reason }, 'the server that decides about second factors does not answer, so nobody gets in')
      return { kind: 'unavailable' }
    },
    close: async () => caller.close(),
  }
}

function headersOf(rest: {
  basicAuthUsername: string | undefined
  basicAuthPassword: string | undefined
  headers: Readonly<Record<string, string>>
}): Record<string, string> {
  for (const [name, value] of Object.entries(rest.headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new StartRefusal(`has a name or value that no header can have: ${name}`, { setting: `${SETTING}.headers` })
    }
  }
  const { basicAuthUsername: user, basicAuthPassword: password } = rest
  const basic = user && password ? { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } : {}
  return { 'Content-Type': 'application/json', ...basic, ...rest.headers }
}

import { existsSync } from 'node:fs'
import { isolatedModule } from '../base/isolated-module.ts'
import type { Json } from '../base/json.ts'
import type { Log } from '../base/log.ts'
import { scriptPath, scriptText } from '../base/operator-script.ts'
import type { OutgoingRequests } from '../base/outgoing-request.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { RegisteredService } from '../services/index.ts'
import type { FailureName } from './failures.ts'
import type { Policy, Standing } from './policy.ts'

/** What policies that ask somebody need. */
export interface PolicyWorld {
  readonly log: Log
  readonly configurationDirectory: string
  readonly timeoutMs: number
  readonly requests: () => OutgoingRequests
  /** Told of what has to be closed at the end. */
  readonly atTheEnd: (close: () => Promise<void>) => void
}

/** Each must hold; the first that does not says why. */
export function allOf(policies: readonly Policy[]): Policy {
  return async (standing) => {
    for (const policy of policies) {
      const verdict = await policy(standing)
      if (verdict !== true) return verdict
    }
    return true
  }
}

type Ask = (input: Readonly<Record<string, Json>>) => Promise<Json>

/** A script that refuses by throwing, or by the answer `false`; nothing and `true` let in, anything else and every failure does not. */
export function asking(ask: Ask, { log }: Pick<PolicyWorld, 'log'>): Policy {
  return async ({ principal, event, successes, failures }: Standing) => {
    const authentication = { attributes: event, successes: [...successes], failures: Object.fromEntries(failures) }
    try {
      // Attributes are JSON; their type only says more.
      const answer = await ask({ authentication, principal } as unknown as Readonly<Record<string, Json>>)
      return answer === null || answer === true
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'the script of an authentication policy refuses, or failed')
      return false
    }
  }
}

/** Path of the module behind `cas.authn.policy.groovy[i].script`. @throws {StartRefusal} for what is none. */
export function policyModule(location: string, index: number, world: Pick<PolicyWorld, 'configurationDirectory'>): string {
  const setting = `cas.authn.policy.groovy[${index}].script`
  const script = scriptText(location, world.configurationDirectory)
  const module = script?.kind === 'file' ? scriptPath(script.path) : undefined
  if (module === undefined || !existsSync(module)) {
    const wish = script?.kind === 'file' ? script.path.replace(/\.groovy$/i, '.mjs') : 'a module (.mjs, .js, .ts)'
    throw new StartRefusal(`is no module that can be run: write ${wish}, which exports run(authentication, principal, logger)`, { setting })
  }
  return module
}

/** `cas.authn.policy.groovy[i].script`. @throws {StartRefusal} for what is no module. */
export function scriptPolicy(location: string, index: number, world: PolicyWorld): Policy {
  const module = policyModule(location, index, world)
  const opened = isolatedModule({
    module,
    parameters: ['authentication', 'principal', 'logger'],
    timeoutMs: world.timeoutMs,
    log: world.log,
  })
  world.atTheEnd(() => opened.close())
  return asking((input) => opened.call(input), world)
}

export interface RestPolicySettings {
  readonly url: string
  readonly basicAuthUsername: string
  readonly basicAuthPassword: string
  readonly headers: Readonly<Record<string, string>>
}

/** Statuses by which the other server says what is wrong (authentication.md 7). */
const FAILURES: Readonly<Record<number, FailureName>> = {
  403: 'AccountDisabledException',
  404: 'AccountNotFoundException',
  405: 'AccountDisabledException',
  412: 'AccountExpiredException',
  423: 'AccountLockedException',
  428: 'AccountPasswordMustChangeException',
}

/** Another server decides: the principal is posted to it as JSON, 200 lets in. @throws {StartRefusal} for an address that is none. */
export function restPolicy(settings: RestPolicySettings, world: Pick<PolicyWorld, 'requests' | 'log'>, setting: string): Policy {
  const url = httpUrl(settings.url)
  if (!url) throw new StartRefusal('must be an http(s) address', { setting })
  return post(url, settings, world)
}

/** The same out of the criteria of a definition; what is no address refuses everybody. */
export function restPolicyOf(service: RegisteredService, members: Readonly<Record<string, Json>>, world: PolicyWorld): Policy {
  const text = (name: string) => (typeof members[name] === 'string' ? members[name] : '')
  const url = httpUrl(text('url'))
  if (url)
    return post(url, { basicAuthUsername: text('basicAuthUsername'), basicAuthPassword: text('basicAuthPassword'), headers: {} }, world)
  world.log.error(
    { service: service.id, file: service.file },
    'the url of the authentication criteria is no http(s) address: everybody is refused',
  )
  return () => false
}

function post(
  url: URL,
  { basicAuthUsername, basicAuthPassword, headers }: Omit<RestPolicySettings, 'url'>,
  { requests, log }: Pick<PolicyWorld, 'requests' | 'log'>,
): Policy {
  const basic = Buffer.from(`${basicAuthUsername}:${basicAuthPassword}`, 'utf8').toString('base64')
  return async ({ principal }) => {
    try {
      const { status } = await requests().send({
        url: url.href,
        method: 'POST',
        headers: {
          ...headers,
          'Content-Type': 'application/json',
          ...(basicAuthUsername === '' ? {} : { Authorization: `Basic ${basic}` }),
        },
        body: JSON.stringify({ id: principal.id, attributes: principal.attributes }),
      })
      if (status === 200) return true
      log.info({ host: url.host, status }, 'the server of an authentication policy refuses')
      return FAILURES[status] ?? 'FailedLoginException'
    } catch (error) {
      log.error({ host: url.host, reason: (error as Error).message }, 'the server of an authentication policy does not answer: refused')
      return 'FailedLoginException'
    }
  }
}

function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text.trim())
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}

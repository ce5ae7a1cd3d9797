import { silentLog } from '../base/log.ts'
import { asFault, awaitedFile, type Fault, faultIf, type Rule, refusals } from '../base/setting-rules.ts'
import { policyModule, restPolicy } from './asked-policies.ts'
import { ldap } from './attributes/ldap.ts'
import { rest } from './attributes/rest.ts'
import type { AuthenticationConfig } from './config.ts'
import { fileOf } from './location.ts'

const UNTIL = 'nobody of it can log in'

/** What the settings of the login must have in common. */
export const authenticationRules: readonly Rule<AuthenticationConfig>[] = [
  ({ cas }, world) => [
    ...accounts('cas.authn.json.location', cas.authn.json.location, world.configurationDirectory),
    ...awaitedFile('cas.authn.json.location', cas.authn.json.location, world, UNTIL),
    ...accounts('cas.authn.file.filename', cas.authn.file.filename, world.configurationDirectory),
    ...awaitedFile('cas.authn.file.filename', cas.authn.file.filename, world, UNTIL),
  ],
  ({ cas }, world) =>
    cas.authn.attributeRepository.json.flatMap(({ location }, at) =>
      awaitedFile(`cas.authn.attribute-repository.json[${at}].location`, location, world, 'its attributes are missing'),
    ),
  // What is made of these settings at the start is made here too, and closed again.
  ({ cas }, { configurationDirectory }) => {
    const parts = {
      configurationDirectory,
      log: silentLog,
      requests: () => {
        throw new Error('nobody is asked')
      },
      atTheEnd: () => {},
    }
    const { ldap: directories, rest: servers } = cas.authn.attributeRepository
    const { groovy, rest: deciding } = cas.authn.policy
    return [
      ...directories.flatMap((each, index) => refusals(() => ldap(each, index, parts))),
      ...servers.flatMap((each, index) => refusals(() => rest(each, index, parts))),
      ...deciding.flatMap((each, index) =>
        each.url === '' ? [] : refusals(() => restPolicy(each, parts, `cas.authn.policy.rest[${index}].url`)),
      ),
      ...groovy.flatMap(({ script, enabled }, index) =>
        enabled && script !== '' ? refusals(() => policyModule(script, index, parts)) : [],
      ),
    ]
  },
  async (settings, world) => {
    const { accept, json, file } = settings.cas.authn
    const blocks = { accept: accept.enabled, json: json.location !== '', file: file.filename !== '' }
    const faults: Fault[] = []
    for (const [name, isUsed] of Object.entries(blocks)) {
      const { passwordEncoder } = settings.cas.authn[name as keyof typeof blocks]
      if (!isUsed || /^(none)?$/i.test(passwordEncoder.type.trim())) continue
      const { createEncoder } = await import('./encoders/index.ts')
      await createEncoder(passwordEncoder, {
        key: `cas.authn.${name}.password-encoder`,
        queue: { run: (check) => check(), waiting: 0 },
        log: silentLog,
        configurationDirectory: world.configurationDirectory,
        scriptTimeoutMs: settings.castellan.scripts.timeout * 1000,
      }).catch((error: unknown) => faults.push(asFault(error)))
    }
    return faults
  },
  ({ cas }) => {
    const { threshold, rangeSeconds } = cas.authn.throttle.failure
    const [set, missing] =
      threshold > 0 ? ['cas.authn.throttle.failure.threshold', 'range-seconds'] : ['cas.authn.throttle.failure.range-seconds', 'threshold']
    return faultIf(
      threshold > 0 !== rangeSeconds > 0,
      set ?? '',
      `has no effect without cas.authn.throttle.failure.${missing}: failed logins are not throttled`,
      { severity: 'warn' },
    )
  },
  ({ cas }) => {
    const { enabled, handlerName } = cas.authn.policy.req
    return faultIf(
      enabled && handlerName.join() === 'handlerName',
      'cas.authn.policy.req.enabled',
      'is true, and cas.authn.policy.req.handler-name names none of the handlers: nobody can log in',
      { severity: 'warn' },
    )
  },
]

/** @returns a fault for what is no file at all. */
const accounts = (setting: string, location: string, configurationDirectory: string) =>
  location === '' ? [] : refusals(() => fileOf(location, configurationDirectory, setting))

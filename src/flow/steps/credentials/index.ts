import type { AuthenticationEngine, Throttle, UsernamePasswordCredential } from '../../../authentication/index.ts'
import type { Log } from '../../../base/log.ts'
import type { LoginProps, Message } from '../../../views/index.ts'
import { applicationProps } from '../../application.ts'
import type { FlowEvent, Login, Outcome, Step } from '../../login.ts'
import { accountState, failureMessage } from './failures.ts'

export interface CustomField {
  readonly name: string
  readonly labelKey: string
  readonly required: boolean
}

export interface CredentialsParts {
  readonly engine: AuthenticationEngine
  readonly throttle: Throttle
  readonly log: Log
  readonly uniformFailureMessage: boolean
  readonly rememberMeEnabled: boolean
  /** Whether the theme of a page offers an option of the form. */
  readonly offers: (option: 'cas.warn-on-redirect.enabled' | 'cas.public-workstation.enabled', login: Login) => boolean
  /** `cas.tgc.secure`: browsers keep the session by https only. */
  readonly secureCookie: boolean
  readonly customFields: readonly CustomField[]
}

interface FormContent {
  readonly username?: string
  readonly errors?: readonly Message[]
  readonly invalidFields?: LoginProps['invalidFields']
  readonly fields?: FlowEvent['fields']
  readonly status?: number
}

/** Who are you? The form of user name and password (login-flow.md 4). */
export function credentialsStep(parts: CredentialsParts): Step {
  const { engine, throttle, customFields } = parts
  const sources = engine.sources()

  return {
    id: 'credentials',
    async enter(login): Promise<Outcome> {
      if (login.authentication) return { kind: 'pass' }
      const { rejection } = login
      return form(login, rejection ? { errors: [rejection.message], status: rejection.status } : {})
    },

    async submit(login, event): Promise<Outcome> {
      if (event.id !== 'submit') return form(login, {})
      const { fields } = event
      const username = fields.form.get('username')?.trim() ?? ''
      const password = fields.form.get('password') ?? ''
      const source = fields.form.get('source') ?? ''
      const problems = blanks(username, password, source, fields)
      if (problems.errors.length > 0) return form(login, { username, fields, ...problems })

      const rememberMe = parts.rememberMeEnabled && isChecked(fields.form.get('rememberMe'))
      const credential: UsernamePasswordCredential = {
        kind: 'UsernamePasswordCredential',
        username,
        password,
        rememberMe,
        ...(source ? { source } : {}),
        ...(customFields.length > 0 ? { customFields: customValues(fields) } : {}),
      }
      const client = login.call.get('client')
      const outcome = await engine.authenticate(credential, { client, service: login.registeredService })
      if (outcome.kind === 'failed') {
        const state = accountState(outcome.failure)
        if (state) return { kind: 'block', status: 401, view: { id: 'login/accountStateView', props: { ...state, principalId: username } } }
        return form(login, {
          username,
          fields,
          errors: [failureMessage(outcome.failure, parts.uniformFailureMessage)],
          invalidFields: ['password'],
          status: 401,
        })
      }
      await throttle.succeeded({ address: client.address, username: fields.form.get(throttle.usernameParameter) ?? undefined })
      const presented = {
        rememberMe,
        publicWorkstation: isChecked(fields.form.get('publicWorkstation')),
        warn: isChecked(fields.form.get('warn')),
      }
      return { kind: 'pass', login: { authentication: outcome.authentication, presented, session: undefined, rejection: undefined } }
    },
  }

  function form(login: Login, content: FormContent): Outcome {
    const client = login.call.get('client')
    // Who has said that plain http is meant (a demo on one machine) is not warned on that machine.
    const insecure = !client.secure && (parts.secureCookie || !isLoopback(client.address))
    const carried = login.resumed ? [] : carriedParameters(login)
    const props: Omit<LoginProps, 'execution'> = {
      application: applicationProps(login.registeredService),
      username: kept(content.username ?? ''),
      errors: content.errors ?? [],
      invalidFields: content.invalidFields ?? [],
      existingSession: login.existing && { principalId: login.existing.authentication.principal.id },
      expiredNotice: login.expiredNotice,
      insecure,
      staticUsers: engine.staticUsersActive,
      rememberMe: parts.rememberMeEnabled,
      warn: parts.offers('cas.warn-on-redirect.enabled', login),
      publicWorkstation: parts.offers('cas.public-workstation.enabled', login),
      sources,
      customFields: customFields.map((field) => ({ ...field, value: content.fields ? kept(customValue(content.fields, field)) : '' })),
      carried,
    }
    return {
      kind: 'ask',
      ...(content.status ? { status: content.status } : {}),
      view: (execution) => ({ id: 'login/casLoginView', props: { ...props, execution } }),
    }
  }

  function blanks(username: string, password: string, source: string, fields: FlowEvent['fields']) {
    const errors: Message[] = []
    const invalidFields: ('username' | 'password' | 'source')[] = []
    if (username === '') {
      errors.push({ key: 'username.required' })
      invalidFields.push('username')
    }
    if (password === '') {
      errors.push({ key: 'password.required' })
      invalidFields.push('password')
    }
    if (sources.length > 0 && !sources.includes(source)) {
      errors.push({ key: 'source.required' })
      invalidFields.push('source')
    }
    for (const field of customFields) {
      if (field.required && customValue(fields, field).trim() === '') errors.push({ key: `customFields[${field.name}].required` })
    }
    return { errors, invalidFields }
  }

  function customValues(fields: FlowEvent['fields']): Record<string, string> {
    return Object.fromEntries(customFields.map((field) => [field.name, customValue(fields, field)]))
  }
}

/** Nobody's name is longer; a page that gave it back would be many times as large as what was sent. */
const LONGEST_KEPT = 1024
const kept = (text: string) => (text.length > LONGEST_KEPT ? '' : text)

const isLoopback = (address: string) => address === '::1' || address.startsWith('127.')

/** As the form names it, or by the id of its field (login-flow.md 4.4). */
const customValue = ({ form }: FlowEvent['fields'], { name }: CustomField): string =>
  form.get(`customFields[${name}]`) ?? form.get(`${name}-customField`) ?? ''

/** A check box, or the hidden switch of CAS's form that sends `false`. */
const isChecked = (value: string | null): boolean => value !== null && value.trim() !== '' && value !== 'false'

/** What the form itself sends, and what decides about the request. */
const OWN = new Set([
  'username',
  'password',
  'execution',
  '_eventId',
  'submitBtn',
  'geolocation',
  'deviceFingerprint',
  'lt',
  'service',
  'targetService',
])
const MAX_CARRIED = 20

/** Parameters of a POST that began this conversation go back into the form (login-flow.md 4.5). */
function carriedParameters(login: Login): LoginProps['carried'] {
  const { form } = login.call.get('parameters')
  return [...form]
    .filter(([name, value]) => !OWN.has(name) && name.length <= 100 && value.length <= 1000)
    .slice(0, MAX_CARRIED)
    .map(([name, value]) => ({ name, value }))
}

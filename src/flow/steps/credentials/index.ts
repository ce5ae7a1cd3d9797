import type { AuthenticationEngine, Throttle, UsernamePasswordCredential } from '../../../authentication/index.ts'
import type { Log } from '../../../base/log.ts'
import type { Message } from '../../../views/index.ts'
import type { FlowEvent, Login, Outcome, Step } from '../../login.ts'
import { accountState, failureMessage } from './failures.ts'
import { customValue, type FormContent, type FormParts, formProps, presentedBy } from './form.ts'

export interface CredentialsParts extends FormParts {
  readonly engine: AuthenticationEngine
  readonly throttle: Throttle
  readonly log: Log
  readonly uniformFailureMessage: boolean
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
      return form(login, {
        ...(login.typedName === undefined ? {} : { username: login.typedName }),
        ...(rejection ? { errors: [rejection.message], status: rejection.status } : {}),
      })
    },

    async submit(login, event): Promise<Outcome> {
      if (event.id !== 'submit') return form(login, {})
      const { fields } = event
      const username = fields.form.get('username')?.trim() ?? ''
      const password = fields.form.get('password') ?? ''
      const source = fields.form.get('source') ?? ''
      const problems = blanks(username, password, source, fields)
      if (problems.errors.length > 0) return form(login, { username, fields, ...problems })

      const presented = presentedBy(fields, parts)
      const credential: UsernamePasswordCredential = {
        kind: 'UsernamePasswordCredential',
        username,
        password,
        rememberMe: presented.rememberMe,
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
      return { kind: 'pass', login: { authentication: outcome.authentication, presented, session: undefined, rejection: undefined } }
    },
  }

  function form(login: Login, content: FormContent): Outcome {
    const props = formProps(parts, login, content)
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

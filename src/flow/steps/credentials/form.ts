import type { AuthenticationEngine } from '../../../authentication/index.ts'
import type { LoginProps, Message } from '../../../views/index.ts'
import { applicationProps } from '../../application.ts'
import type { FlowEvent, Login, Presented } from '../../login.ts'

export interface CustomField {
  readonly name: string
  readonly labelKey: string
  readonly required: boolean
}

/** What decides about the form besides the login. */
export interface FormParts {
  readonly engine: Pick<AuthenticationEngine, 'sources' | 'staticUsersActive'>
  readonly rememberMeEnabled: boolean
  /** Whether the theme of a page offers an option of the form. */
  readonly offers: (option: 'cas.warn-on-redirect.enabled' | 'cas.public-workstation.enabled', login: Login) => boolean
  /** `cas.tgc.secure`: browsers keep the session by https only. */
  readonly secureCookie: boolean
  readonly customFields: readonly CustomField[]
}

export interface FormContent {
  readonly username?: string
  readonly errors?: readonly Message[]
  readonly invalidFields?: LoginProps['invalidFields']
  readonly fields?: FlowEvent['fields']
  readonly status?: number
}

/** Everything that the form of a login shows (login-flow.md 4), but the conversation that it goes on with. */
export function formProps(parts: FormParts, login: Login, content: FormContent): Omit<LoginProps, 'execution'> {
  const { engine, customFields } = parts
  const client = login.call.get('client')
  // Who has said that plain http is meant (a demo on one machine) is not warned on that machine.
  const insecure = !client.secure && (parts.secureCookie || !isLoopback(client.address))
  const carried = login.resumed ? [] : carriedParameters(login)
  return {
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
    sources: engine.sources(),
    customFields: customFields.map((field) => ({ ...field, value: content.fields ? kept(customValue(content.fields, field)) : '' })),
    carried,
  }
}

/** Options of the form that were chosen. */
export function presentedBy({ form }: FlowEvent['fields'], { rememberMeEnabled }: Pick<FormParts, 'rememberMeEnabled'>): Presented {
  return {
    rememberMe: rememberMeEnabled && isChecked(form.get('rememberMe')),
    publicWorkstation: isChecked(form.get('publicWorkstation')),
    warn: isChecked(form.get('warn')),
  }
}

/** Nobody's name is longer; a page that gave it back would be many times as large as what was sent. */
const LONGEST_KEPT = 1024
const kept = (text: string) => (text.length > LONGEST_KEPT ? '' : text)

const isLoopback = (address: string) => address === '::1' || address.startsWith('127.')

/** As the form names it, or by the id of its field (login-flow.md 4.4). */
export const customValue = ({ form }: FlowEvent['fields'], { name }: CustomField): string =>
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

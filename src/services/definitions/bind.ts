import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { parseDuration } from '../../base/duration.ts'
import { compileJavaRegex } from '../../base/java-regex.ts'
import type { OutgoingRequests } from '../../base/outgoing-request.ts'
import { accessStrategyOf } from '../access/index.ts'
import { type AttributeLookup, attributeReleaseOf } from '../attribute-release/index.ts'
import type { PolicyDefinition, TicketLimits } from '../registered-service.ts'
import type { Templates } from '../registry/templates.ts'
import { describedService } from '../scripts/described.ts'
import type { ScriptPlace, Scripts } from '../scripts/scripts.ts'
import { usernameProviderOf } from '../username/index.ts'
import { checkDefinition, type Report } from './check.ts'
import { parseExpirationDate } from './expiration-date.ts'
import { type Expiration, type LoadedService, type Matching, PROPERTY_METHODS } from './loaded-service.ts'
import { choiceOf, classOf, DefinitionMistake, flagOf, integerOf, type Members, objectOf, objectsOf, textOf, textsOf } from './members.ts'
import { warnAboutPattern } from './pattern-advice.ts'
import { encryptionOf, type RsaPadding } from './public-key.ts'
import { DEFINITION_CLASSES } from './vocabulary.ts'

export interface BindContext {
  /** Path, for messages and for the id of a definition that has none. */
  readonly file: string
  /** Zone of dates that name none. */
  readonly zone: string
  readonly defaultAttributesToRelease: readonly string[]
  readonly report: Report
  /** Says something while a definition is being used. */
  readonly warn: (message: string, severity?: 'warning' | 'error') => void
  /** Variables of the server's environment, for policies that release them. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly requests: () => OutgoingRequests
  readonly clock: Clock
  /** What the sources of attributes know of a user. */
  readonly attributesOf: AttributeLookup
  /** Of released passwords and proxy-granting tickets. */
  readonly clearpassPadding: RsaPadding
  readonly scripts: Scripts
  readonly templates: Pick<Templates, 'applied'>
  /** Where relative locations start. */
  readonly configurationDirectory: string
}

/**
 * Makes a registered service of what a file has, collections already unwrapped (services.md 3.3, 4, 5).
 *
 * @param place Which definition of the file, for ids that are derived.
 * @throws {DefinitionMistake} when it cannot be used; nothing of it is guessed.
 */
export function bindDefinition(given: Members, context: BindContext, place = 0): LoadedService {
  const { report } = context
  const definition = context.templates.applied(given, report)
  const written = textOf(definition, '@class')
  if (written === undefined) report('warning', 'the @class is blank; read as org.apereo.cas.services.CasRegisteredService', '@class')
  const className = written?.trim() ?? 'org.apereo.cas.services.CasRegisteredService'
  if (className.endsWith('.RegisteredServiceImpl')) {
    throw new DefinitionMistake('RegisteredServiceImpl has Ant patterns; convert the serviceId to a regular expression', '@class')
  }
  const known = Object.hasOwn(DEFINITION_CLASSES, className) ? DEFINITION_CLASSES[className] : undefined
  if (!known) {
    throw new DefinitionMistake(`the class ${className.slice(0, 200)} is not known here; the module that knows it may be missing`, '@class')
  }
  const name = required(definition, 'name')
  const serviceId = required(definition, 'serviceId')
  if (known.fields !== undefined) checkDefinition(definition, known.fields, report)
  const encryption = () => encryptionOf(definition, context.configurationDirectory, report)
  const secretEncryption = () => encryptionOf(definition, context.configurationDirectory, report, context.clearpassPadding)
  const { environment, warn, requests, scripts, zone, defaultAttributesToRelease, clock, attributesOf } = context
  const id = idOf(definition, context, place)
  const described = () => describedService({ id, name, serviceId, definition })
  const world = { zone, report, warn, environment, encryption, secretEncryption, requests, scripts, described, clock, attributesOf }
  const access = accessStrategyOf(objectOf(definition, 'accessStrategy'), world)
  const expiration = expirationOf(definition, context)
  // One literal with every member in its place: what is copied or added later takes twice the room.
  return {
    id,
    protocol: known.protocol,
    className: known.className,
    name,
    serviceId,
    description: textOf(definition, 'description'),
    informationUrl: linkOf(definition, 'informationUrl', report),
    privacyUrl: linkOf(definition, 'privacyUrl', report),
    logo: linkOf(definition, 'logo', report),
    theme: textOf(definition, 'theme'),
    locale: textOf(definition, 'locale'),
    evaluationOrder: integerOf(definition, 'evaluationOrder') ?? 0,
    responseType: choiceOf(definition, 'responseType', ['REDIRECT', 'POST', 'HEADER'], 'REDIRECT'),
    redirectUrl: linkOf(definition, 'redirectUrl', report),
    supportedProtocols: protocolsOf(definition),
    logoutType: choiceOf(definition, 'logoutType', ['BACK_CHANNEL', 'FRONT_CHANNEL', 'NONE'], 'BACK_CHANNEL'),
    logoutUrls: commaList(textOf(definition, 'logoutUrl')),
    authenticationPolicy: authenticationPolicyOf(definition, world),
    singleSignOnParticipation: singleSignOnOf(objectOf(definition, 'singleSignOnParticipationPolicy'), world),
    proxyPolicy: policyOf(definition, 'proxyPolicy'),
    serviceTicket: ticketLimits(definition, 'serviceTicketExpirationPolicy'),
    proxyTicket: ticketLimits(definition, 'proxyTicketExpirationPolicy'),
    proxyGrantingTicket: lifetime(definition, 'proxyGrantingTicketExpirationPolicy'),
    ticketGrantingTicket: sessionLimits(definition),
    definition,
    stored: definition === given ? undefined : given,
    file: context.file,
    matching: known.protocol === 'cas' ? matchingOf(definition, serviceId, report) : NEVER,
    redirects: known.protocol === 'oauth' || known.protocol === 'oidc' ? matchingOf(definition, serviceId, report) : NEVER,
    access,
    release: attributeReleaseOf(objectOf(definition, 'attributeReleasePolicy'), defaultAttributesToRelease, world),
    username: usernameProviderOf(objectOf(definition, 'usernameAttributeProvider'), world),
    expiration,
    environments: textsOf(definition, 'environments'),
    expiresAtMs: expiration?.atMs ?? Number.POSITIVE_INFINITY,
    ssoEnabled: access.ssoAllowed,
    unauthorizedRedirectUrl: access.unauthorizedRedirectUrl,
    property: PROPERTY_METHODS.property,
    flag: PROPERTY_METHODS.flag,
  }
}

const FULL = Object.freeze({ match: 'full', ignoreCase: true })
const FIND = Object.freeze({ match: 'find', ignoreCase: true })
/** Some applications have long queries. */
const LONG_ADDRESS = 1024
const NEVER: Matching = { kind: 'never' }
const NO_LIMITS: TicketLimits = Object.freeze({})
const NO_POLICY = Object.freeze({ requiredHandlers: Object.freeze([]), excludedHandlers: Object.freeze([]), criteria: undefined })

function required(definition: Members, name: string): string {
  const text = textOf(definition, name)
  if (text === undefined) throw new DefinitionMistake(`"${name}" is missing or blank`, name)
  return text
}

/** Java's `long`. Absent and -1 mean "not stored yet": then the path gives an id that stays the same. */
function idOf(definition: Members, context: BindContext, place: number): string {
  const text = textOf(definition, 'id')?.trim()
  if (text === undefined || text === '-1') {
    const derived = createHash('sha256').update(`${context.file}#${place}`).digest().readBigUInt64BE() & 0x1f_ffff_ffff_ffffn
    context.report('warning', `there is no id; ${derived} is used, made from the path of the file`, 'id')
    return String(derived)
  }
  const id = /^[+-]?\d{1,19}$/.test(text) ? BigInt(text) : undefined
  if (id === undefined || BigInt.asIntN(64, id) !== id) throw new DefinitionMistake('"id" must be a whole number of at most 64 bits', 'id')
  return String(id)
}

/** A link of a page: a path, or a URL of a kind that a browser may be sent to. */
function linkOf(definition: Members, name: string, report: Report): string | undefined {
  const url = textOf(definition, name)?.trim()
  if (url === undefined || !/^\s*(javascript|data|vbscript|file)\s*:/i.test(url)) return url
  report('error', `"${name}" is no link that a browser may be sent to and is not used`, name)
  return undefined
}

function protocolsOf(definition: Members): LoadedService['supportedProtocols'] {
  const known = ['CAS10', 'CAS20', 'CAS30', 'SAML1'] as const
  return textsOf(definition, 'supportedProtocols').map((text) => {
    const found = known.find((protocol) => protocol === text.trim().toUpperCase())
    if (!found) throw new DefinitionMistake(`"supportedProtocols" may have ${known.join(', ')}`, 'supportedProtocols')
    return found
  })
}

const NO_TEXTS: readonly string[] = Object.freeze([])
const commaList = (text: string | undefined): readonly string[] =>
  text === undefined
    ? NO_TEXTS
    : text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')

function policyOf(definition: Members, name: string): PolicyDefinition | undefined {
  const members = objectOf(definition, name)
  return members && { type: classOf(members), members }
}

type ScriptWorld = Pick<BindContext, 'scripts' | 'report'>

/** With its script, if it is of the class that is one; what cannot be run is reported, and whoever asks refuses. */
function scripted(policy: PolicyDefinition, type: string, place: ScriptPlace, { scripts, report }: ScriptWorld): PolicyDefinition {
  if (policy.type !== type) return policy
  const script = scripts.open(textOf(policy.members, place.member) ?? '', place, report)
  return script ? { ...policy, ask: (input) => script.call(input) } : policy
}

const CRITERIA_SCRIPT: ScriptPlace = { member: 'script', parameters: ['authentication', 'principal', 'logger'] }
const SSO_SCRIPT: ScriptPlace = { member: 'groovyScript', parameters: ['context', 'logger'] }
const SSO = 'RegisteredServiceSingleSignOnParticipationPolicy'

function singleSignOnOf(members: Members | undefined, world: ScriptWorld): PolicyDefinition | undefined {
  if (!members) return undefined
  const type = classOf(members)
  if (type !== `Chaining${SSO}`) return scripted({ type, members }, `Groovy${SSO}`, SSO_SCRIPT, world)
  const chain = objectsOf(members, 'policies')
    .toSorted((one, other) => (integerOf(one, 'order') ?? 0) - (integerOf(other, 'order') ?? 0))
    .map((each) => singleSignOnOf(each, world))
  return { type, members, chain: chain.filter((each) => each !== undefined) }
}

function authenticationPolicyOf(definition: Members, world: ScriptWorld): LoadedService['authenticationPolicy'] {
  const { report } = world
  const members = objectOf(definition, 'authenticationPolicy')
  const old = textsOf(definition, 'requiredHandlers')
  if (old.length > 0)
    report('warning', '"requiredHandlers" is old; use authenticationPolicy.requiredAuthenticationHandlers', 'requiredHandlers')
  if (!members && old.length === 0) return NO_POLICY
  const criteria = members && policyOf(members, 'criteria')
  return {
    requiredHandlers: [...new Set([...textsOf(members ?? {}, 'requiredAuthenticationHandlers'), ...old])],
    excludedHandlers: textsOf(members ?? {}, 'excludedAuthenticationHandlers'),
    criteria: criteria && scripted(criteria, 'GroovyRegisteredServiceAuthenticationPolicyCriteria', CRITERIA_SCRIPT, world),
  }
}

/** A number of seconds or an ISO duration. */
function secondsOf(members: Members, name: string): number | undefined {
  const text = textOf(members, name)
  if (text === undefined) return undefined
  const seconds = parseDuration(text)
  if (seconds === undefined || seconds < 0) throw new DefinitionMistake(`"${name}" must be a number of seconds or a duration`, name)
  return seconds
}

function ticketLimits(definition: Members, name: string): TicketLimits {
  const members = objectOf(definition, name)
  if (!members) return NO_LIMITS
  const numberOfUses = integerOf(members, 'numberOfUses')
  const timeToLiveInSeconds = secondsOf(members, 'timeToLive')
  return {
    ...(numberOfUses !== undefined && numberOfUses > 0 ? { numberOfUses } : {}),
    ...(timeToLiveInSeconds !== undefined && timeToLiveInSeconds > 0 ? { timeToLiveInSeconds } : {}),
  }
}

function lifetime(definition: Members, name: string): TicketLimits {
  const members = objectOf(definition, name)
  const timeToLiveInSeconds = members && secondsOf(members, 'maxTimeToLiveInSeconds')
  return timeToLiveInSeconds !== undefined && timeToLiveInSeconds > 0 ? { timeToLiveInSeconds } : NO_LIMITS
}

function sessionLimits(definition: Members): LoadedService['ticketGrantingTicket'] {
  const name = 'ticketGrantingTicketExpirationPolicy'
  const members = objectOf(definition, name)
  if (!members) return NO_LIMITS
  const map = (of: string) => {
    const entries = Object.keys(objectOf(members, of) ?? {}).filter((pattern) => pattern !== '@class')
    return Object.fromEntries(entries.map((pattern) => [pattern, secondsOf(objectOf(members, of) ?? {}, pattern) ?? 0]))
  }
  return {
    ...lifetime(definition, name),
    ...(members['userAgents'] ? { byUserAgent: map('userAgents') } : {}),
    ...(members['ipAddresses'] ? { byAddress: map('ipAddresses') } : {}),
  }
}

function matchingOf(definition: Members, serviceId: string, report: Report): Matching {
  const members = objectOf(definition, 'matchingStrategy') ?? {}
  const type = classOf(members)
  if (type === 'LiteralRegisteredServiceMatchingStrategy') {
    return { kind: 'literal', text: serviceId, ignoreCase: flagOf(members, 'caseInsensitive', false) }
  }
  if (type === 'StartsWithRegisteredServiceMatchingStrategy') {
    const text = textOf(members, 'expectedUrl')
    if (text === undefined) report('error', 'the matching strategy has no expectedUrl; the definition matches nothing', 'expectedUrl')
    return text === undefined ? NEVER : { kind: 'prefix', text }
  }
  const match = type === 'PartialRegexRegisteredServiceMatchingStrategy' ? 'find' : 'full'
  const regex = compileJavaRegex(serviceId, match === 'find' ? FIND : FULL)
  if (regex.kind === 'invalid') {
    report('error', `the serviceId is not a usable pattern and matches nothing: ${regex.reason}`, 'serviceId')
    return NEVER
  }
  warnAboutPattern(serviceId, match, report)
  // Only what runs in neither engine for long addresses is asked, which compiles it.
  if (regex.maxScriptLength < LONG_ADDRESS && regex.maxLength() < LONG_ADDRESS) {
    const message = `the serviceId is so complex that addresses of more than ${regex.maxLength()} characters are not tested, and not taken`
    report('warning', message, 'serviceId')
  }
  return { kind: 'regex', regex, beginnings: regex.beginnings() }
}

function expirationOf(definition: Members, context: BindContext): Expiration | undefined {
  const members = objectOf(definition, 'expirationPolicy')
  const date = members && textOf(members, 'expirationDate')?.trim()
  if (!members || date === undefined) return undefined
  const atMs = parseExpirationDate(date, context.zone)
  if (atMs === undefined) {
    context.report('error', `the expirationDate "${date.slice(0, 60)}" is none; the definition does not expire`, 'expirationDate')
    return undefined
  }
  return {
    atMs,
    date,
    deleteWhenExpired: flagOf(members, 'deleteWhenExpired', false),
    notifyWhenExpired: flagOf(members, 'notifyWhenExpired', false),
    notifyWhenDeleted: flagOf(members, 'notifyWhenDeleted', false),
  }
}

import { compileJavaRegex } from '../../../base/java-regex.ts'
import type { Json } from '../../../base/json.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import type { TicketKind } from '../../../tickets/index.ts'
import type { Message, View } from '../../../views/index.ts'
import { bypassRules, bypassScript } from '../../bypass.ts'
import { oneTimeCodes } from '../../codes.ts'
import type { Inquiry, MultifactorProvider, Posted, ProviderKind, ProviderOutcome } from '../../provider.ts'
import type { SimpleConfig } from './config.ts'
import { sendingLimits } from './limits.ts'
import { masked, needsChoice, type Recipient, recipientsOf } from './recipients.ts'

/** What stands before a code where it is written out, as in CAS. Whoever types it may leave it away. */
const PREFIX = 'CASMFA-'

export const CODE: TicketKind = {
  prefix: 'CASMFA',
  storageName: 'casSimpleMultifactorAuthenticationTicketsCache',
  grants: false,
  session: false,
}

/** Where a user stands; sealed into the page. */
type State =
  | { readonly stage: 'choose' }
  | { readonly stage: 'address' }
  | { readonly stage: 'code'; readonly challenge: string; readonly untilMs: number; readonly to: readonly Recipient[] }

const SETTINGS = 'cas.authn.mfa.simple'
const LONGEST_ADDRESS = 320
/** What texts may name; the first is what `%s` means, as up to CAS 6. */
const NAMES = ['token', 'tokenWithoutPrefix', 'principal']
const key = (name: string): Message => ({ key: `castellan.mfa.simple.${name}` })

export const simpleProviderId = ({ cas }: SimpleConfig): string => cas.authn.mfa.simple.id.trim() || 'mfa-simple'

/** A code by SMS, by mail, or both, that the user types (authentication.md 13.3). */
export const simpleProvider: ProviderKind = ({ settings, registry, notifications, scripts, keys, clock, log }) => {
  const { simple } = settings.cas.authn.mfa
  const { tokenLength, tokenType, timeToKillInSeconds } = simple.token.core
  const codes = oneTimeCodes({
    registry,
    kind: CODE,
    typedPrefix: PREFIX,
    keys,
    length: tokenLength,
    type: tokenType,
    timeToLiveInSeconds: timeToKillInSeconds,
    clock,
  })
  const limits = sendingLimits({ settings, registry, clock })
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of messages
  const texts = notifications.direct({ prefix: SETTINGS, names: NAMES, sms: { ...simple.sms, otherwise: '${token}' } })
  // A mail may also name attributes of its user, whatever they are called.
  const named = [simple.mail.subject, simple.mail.text].flatMap((text) => [...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name))
  const mails = notifications.direct({ prefix: SETTINGS, names: [...new Set([...NAMES, ...named])], mail: simple.mail })
  // A provider that is there for other messages does not send codes unless somebody says so.
  const bySms = texts.bySms && (simple.sms.from.trim() !== '' || simple.sms.text.trim() !== '')
  const { byMail } = mails
  const phones = bySms ? simple.sms.attributeName : []
  const addresses = byMail ? simple.mail.attributeName : []
  const accepts = acceptedAddress(byMail ? simple.mail.acceptedEmailPattern : undefined)
  const id = simpleProviderId(settings)
  const bypass = bypassRules(simple.bypass, `${SETTINGS}.bypass`)
  const byScript = bypassScript(simple.bypass.groovy.location, `${SETTINGS}.bypass`, id, { scripts, log })
  const recipients = ({ authentication }: Inquiry) => recipientsOf(authentication.principal, { phones, addresses })

  function codePage(
    { application, authentication }: Inquiry,
    state: Extract<State, { stage: 'code' }>,
    more: CodePage = {},
  ): ProviderOutcome {
    const props = {
      application,
      principalId: authentication.principal.id,
      recipients: state.to.map((one) => ({ channel: one.channel, masked: masked(one) })),
      length: tokenLength,
      type: tokenType,
      secondsLeft: Math.max(0, Math.round((state.untilMs - clock()) / 1000)),
      error: more.error,
      sentAgain: more.sentAgain ?? false,
    }
    return ask(state, (execution) => ({ id: 'simple-mfa/casSimpleMfaLoginView', props: { ...props, execution } }), more.status)
  }

  function choicePage(inquiry: Inquiry, error?: Message): ProviderOutcome {
    const choices = recipients(inquiry).map((one) => ({ channel: one.channel, masked: masked(one) }))
    const props = { application: inquiry.application, choices, error }
    return ask({ stage: 'choose' }, (execution) => ({ id: 'simple-mfa/casSimpleMfaChoiceView', props: { ...props, execution } }))
  }

  function addressPage(inquiry: Inquiry, error?: Message): ProviderOutcome {
    const props = { application: inquiry.application, error }
    return ask({ stage: 'address' }, (execution) => ({ id: 'simple-mfa/casSimpleMfaAddressView', props: { ...props, execution } }))
  }

  /** Sends a new code. @param before The code page that is left, where there is one: it stays good when nothing can be sent. */
  async function send(inquiry: Inquiry, to: readonly Recipient[], before?: Extract<State, { stage: 'code' }>): Promise<ProviderOutcome> {
    const { principal } = inquiry.authentication
    if (!(await limits.maySend(principal.id))) {
      log.warn({ provider: id }, 'a user has been sent as many codes as allowed')
      return before ? codePage(inquiry, before, { error: key('too-many'), status: 429 }) : unable(inquiry, 'too-many', 429)
    }
    const { code, challenge } = await codes.create(principal.id)
    const untilMs = clock() + timeToKillInSeconds * 1000
    const values = { token: `${PREFIX}${code}`, tokenWithoutPrefix: code, principal: principal.id }
    const results = await Promise.all(
      to.map(async (one) => ({
        one,
        result: await (one.channel === 'sms'
          ? texts.sms(one.to, values, inquiry.locale)
          : mails.mail(one.to, { ...firstValues(principal.attributes), ...values }, inquiry.locale)),
      })),
    )
    const reached = results.filter(({ result }) => result.status === 'sent' || result.status === 'uncertain').map(({ one }) => one)
    if (reached.length === 0) {
      await codes.withdraw(challenge)
      return before ? codePage(inquiry, before, { error: key('not-sent'), status: 503 }) : unable(inquiry, 'not-sent', 503)
    }
    if (before) await codes.withdraw(before.challenge)
    return codePage(inquiry, { stage: 'code', challenge, untilMs, to: reached }, { sentAgain: before !== undefined })
  }

  async function check(inquiry: Inquiry, state: Extract<State, { stage: 'code' }>, typed: string): Promise<ProviderOutcome> {
    const { principal } = inquiry.authentication
    if (typed.trim() === '') return codePage(inquiry, state, { error: key('blank') })
    if (await limits.isLocked(principal.id)) return { kind: 'restart', message: key('locked'), status: 423 }
    const checked = await codes.check(state.challenge, principal.id, typed)
    if (checked === 'right') {
      await limits.forgetWrong(principal.id)
      return { kind: 'passed', attributes: {} }
    }
    if (checked !== 'gone') await limits.noteWrong(principal.id)
    if (checked === 'spent') return { kind: 'restart', message: key('spent'), status: 401 }
    return codePage(inquiry, state, { error: key(checked), status: 401 })
  }

  const provider: MultifactorProvider = {
    id,
    name: 'Codes by SMS and mail',
    rank: simple.rank,
    failureMode: simple.failureMode,
    credentialType: 'CasSimpleMultifactorTokenCredential',
    handlerName: simple.name.trim() || 'CasSimpleMultifactorAuthenticationHandler',
    isAvailable: async () => bySms || byMail,
    bypass: (inquiry) => bypass(inquiry) ?? byScript?.(inquiry),
    async begin(inquiry) {
      if (await limits.isLocked(inquiry.authentication.principal.id)) return { kind: 'restart', message: key('locked'), status: 423 }
      const all = recipients(inquiry)
      if (all.length === 0) return accepts ? addressPage(inquiry) : unable(inquiry, 'no-contact', 403)
      // Else pictures on pages elsewhere could ring the phones of all who are logged in.
      return needsChoice(all) || inquiry.hidden ? choicePage(inquiry) : send(inquiry, all)
    },
    async show(inquiry, sealed) {
      const state = stateOf(sealed)
      if (state.stage === 'choose') return choicePage(inquiry)
      return state.stage === 'address' ? addressPage(inquiry) : codePage(inquiry, state)
    },
    async submit(inquiry, sealed, posted) {
      const state = stateOf(sealed)
      if (state.stage === 'choose') {
        const chosen = recipients(inquiry)[indexOf(posted)]
        return chosen ? send(inquiry, [chosen]) : choicePage(inquiry, key('choose'))
      }
      if (state.stage === 'address') {
        const address = posted.field('email')?.trim() ?? ''
        return accepts?.(address) ? send(inquiry, [{ channel: 'mail', to: address }]) : addressPage(inquiry, key('address-refused'))
      }
      if (posted.event === 'resend') return send(inquiry, state.to, state)
      return check(inquiry, state, posted.field('token') ?? '')
    },
  }
  return provider

  function unable({ application }: Inquiry, reason: 'no-contact' | 'not-sent' | 'too-many', status: number): ProviderOutcome {
    return { kind: 'unable', status, view: { id: 'simple-mfa/casSimpleMfaUnableView', props: { application, reason } } }
  }
}

interface CodePage {
  readonly error?: Message
  readonly status?: number
  readonly sentAgain?: boolean
}

function ask(state: State, view: (execution: string) => View, status?: number): ProviderOutcome {
  return { kind: 'ask', state: state as unknown as Json, view, ...(status === undefined ? {} : { status }) }
}

/** Sealed by this server and nobody else: its shape is what `ask` wrote. */
const stateOf = (sealed: Json): State => sealed as unknown as State

const indexOf = (posted: Posted): number => (/^\d{1,2}$/.test(posted.field('recipient') ?? '') ? Number(posted.field('recipient')) : -1)

/** What a mail may name besides the code. */
function firstValues(attributes: Inquiry['authentication']['principal']['attributes']): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, String(values[0] ?? '')]))
}

/** @throws {StartRefusal} for a pattern that cannot be used. @returns `undefined`: nobody may enter an address. */
function acceptedAddress(pattern: string | undefined): ((address: string) => boolean) | undefined {
  if (pattern === undefined) return undefined
  const regex = compileJavaRegex(pattern, { match: 'full', ignoreCase: true })
  if (regex.kind === 'invalid') {
    throw new StartRefusal(`is not a usable pattern: ${regex.reason}`, { setting: `${SETTINGS}.mail.accepted-email-pattern` })
  }
  return (address) => address.length <= LONGEST_ADDRESS && MAILBOX.test(address) && regex.test(address)
}

/** One address and nothing else: no list, no comment, no second header. */
const MAILBOX = /^[^\s@<>(),;:"[\]\\]{1,64}@[^\s@<>(),;:"[\]\\]{1,253}$/

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of messages
import { choice, duration, flag, group, type Infer, int, listOf, optional, regex, resource, text, texts } from '../../../base/schema.ts'

const TEMPLATE = { template: true } as const

/** Settings of codes by SMS and by mail (authentication.md 13.3). */
export const simpleConfig = group({
  cas: group({
    authn: group({
      mfa: group({
        simple: group({
          id: text('mfa-simple', 'Name of the provider in triggers and in what applications get.'),
          name: text('', 'Name of the handler in `successfulAuthenticationHandlers`; empty: `CasSimpleMultifactorAuthenticationHandler`.'),
          rank: int(0, 'Of several providers that fit, the one with the highest is taken.'),
          failureMode: choice(
            ['CLOSED', 'OPEN', 'PHANTOM', 'NONE', 'UNDEFINED'],
            'CLOSED',
            'What happens when no way to send a code is configured; UNDEFINED: as cas.authn.mfa.core.global-failure-mode says.',
          ),
          token: group({
            core: group({
              timeToKillInSeconds: int(30, 'Seconds for which a code is good.', {
                min: 1,
                formerly: ['cas.authn.mfa.simple.time-to-kill-in-seconds'],
              }),
              tokenLength: int(6, 'Length of a code.', { min: 4, max: 32, formerly: ['cas.authn.mfa.simple.token-length'] }),
              tokenType: choice(['NUMERIC', 'ALPHANUMERIC', 'ALPHABETIC'], 'NUMERIC', 'What codes are made of; letters are capitals.'),
            }),
          }),
          mail: group({
            attributeName: texts(['mail', 'email'], 'Attributes of a user with mail addresses.'),
            acceptedEmailPattern: optional(
              regex('', 'Users without any address may enter one that matches as a whole; without it they are refused.'),
            ),
            from: text('', 'Address of the sender.'),
            subject: text('', 'Subject; `${token}` and the like as in the text.', TEMPLATE),
            text: text(
              '',
              'Text, or a file with the text, or a module that makes it; `${token}` or `%s` is the code with `CASMFA-` before it, `${tokenWithoutPrefix}` the code.',
              TEMPLATE,
            ),
            html: flag(false, 'Whether the text is HTML; values are escaped in it.'),
            cc: texts([], 'Further recipients.'),
            bcc: texts([], 'Further recipients whom the others do not see.'),
            replyTo: texts([], 'Where answers go.'),
            validateAddresses: flag(false, 'Whether an address that cannot be one is refused before anything is sent.'),
            priority: int(1, 'From 1, the highest, to 5; 3 is normal and not said.', { min: 1, max: 5 }),
          }),
          sms: group({
            attributeName: texts(['phone', 'phoneNumber', 'telephone', 'telephoneNumber'], 'Attributes of a user with phone numbers.'),
            from: text(
              '',
              'Sender: a number, a short code, a name; or a messaging service `MG…` of Twilio. Without it and a text no code goes by SMS.',
            ),
            text: text('', 'Text, or a file with the text, or a module that makes it, as for mails; empty: `${token}`.', TEMPLATE),
          }),
          bucket4j: group({
            enabled: flag(
              false,
              'Whether `bandwidth` limits how many codes a user is sent, in each process, in place of castellan.mfa.simple.',
            ),
            bandwidth: listOf(
              group({
                capacity: int(120, 'How many codes there are at most.', { min: 1, wide: true }),
                initialTokens: optional(int(0, 'How many there are at the start; not set: all.', { min: 0, wide: true })),
                refillCount: int(10, 'How many come back at a time.', { min: 1, wide: true }),
                refillDuration: duration('PT30S', 'How long that takes.'),
                refillStrategy: choice(['GREEDY', 'INTERVALLY'], 'GREEDY', 'Whether they come back one by one, or all at the end of it.'),
              }),
              'How many codes a user is sent; all of the list have to allow one.',
            ),
          }),
          bypass: group({
            principalAttributeName: optional(regex('', 'Users with an attribute of this name are not asked.')),
            principalAttributeValue: optional(regex('', 'Which values of it count; not set: any.')),
            authenticationAttributeName: optional(regex('', 'Logins with an attribute of this name are not asked.')),
            authenticationAttributeValue: optional(regex('', 'Which values of it count; not set: any.')),
            authenticationHandlerName: optional(regex('', 'Logins by handlers of this name are not asked.')),
            authenticationMethodName: optional(regex('', 'Logins by methods of this name are not asked.')),
            credentialClassType: optional(regex('', 'Logins by credentials of this kind are not asked.')),
            httpRequestRemoteAddress: optional(regex('', 'Clients are not asked in whose address this is found.')),
            groovy: group({
              location: optional(resource('', 'JavaScript or TypeScript module that says whether a login is asked: `false` lets it past.')),
            }),
            httpRequestHeaders: texts(
              [],
              'Requests with a header whose name matches one of these are not asked. Anybody can send a header.',
            ),
          }),
        }),
      }),
    }),
  }),
  castellan: group({
    mfa: group({
      simple: group({
        sendLimit: int(10, 'How many codes one user is sent within `send-window`, counted over all processes; 0: no limit.', {
          min: 0,
          max: 100,
        }),
        sendWindow: duration('PT10M', 'See `send-limit`.'),
      }),
    }),
  }),
})
export type SimpleConfig = Infer<typeof simpleConfig>

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of messages
import { choice, duration, flag, group, type Infer, int, mapOf, optional, resource, text, texts } from '../../base/schema.ts'
import { ldapConnection } from '../ldap/config.ts'

const TEMPLATE = { template: true } as const

/** Settings of logins without a password (authentication.md 14). */
export const passwordlessConfig = group({
  casFeatureModule: group({
    passwordlessAuthn: group({
      enabled: flag(true, 'Whether there are logins without a password at all, as `cas.authn.passwordless.core.enabled`.'),
    }),
  }),
  cas: group({
    authn: group({
      passwordless: group({
        core: group({
          enabled: flag(true, 'Whether users may log in without a password, where a source of accounts is configured.'),
          multifactorAuthenticationActivated: flag(
            false,
            'Whether users for whom a second factor is demanded pass that one in place of a code; accounts say `multifactorAuthenticationEligible` for themselves.',
            { formerly: ['cas.authn.passwordless.multifactor-authentication-activated'] },
          ),
        }),
        accounts: group({
          simple: mapOf(text('', 'Where the code goes: a mail address, or a telephone number.'), 'User name → where codes go.'),
          json: group({
            location: optional(resource('', 'File: a map from user name, or a pattern of names, to account.')),
          }),
          groovy: group({
            location: optional(resource('', 'JavaScript or TypeScript module `(username, logger) => account`, or nothing for nobody.')),
          }),
          rest: group({
            url: text('', 'Address that is asked with `?username=`; it answers with an account, or 404.'),
            method: choice(['GET', 'POST', 'PUT'], 'GET', 'How it is asked.'),
            basicAuthUsername: text('', 'Name there.'),
            basicAuthPassword: text('', 'Password there.', { secret: true }),
            headers: mapOf(text('', 'Value.'), 'Header → value.'),
          }),
          ldap: group({
            ...ldapConnection,
            baseDn: text('', 'Where the search begins; several separated by `|`.'),
            searchFilter: text('', 'Filter with the name of the user as `{user}`, such as `uid={user}`.'),
            subtreeSearch: flag(true, 'Whether entries below those right under the base count too.'),
            emailAttribute: text('mail', 'Attribute with the mail address.'),
            phoneAttribute: text('phoneNumber', 'Attribute with the telephone number.'),
            nameAttribute: text('cn', 'Attribute with the name of the person.'),
            usernameAttribute: text('', 'Attribute with the user name; empty: what was typed.'),
            requestPasswordAttribute: text('requestPassword', 'Attribute that says `true` for users who are asked for a password.'),
            requiredAttribute: text('', 'Only entries with this attribute count.'),
            requiredAttributeValue: text('', 'And only with this value of it, where one is set.'),
          }),
        }),
        tokens: group({
          core: group({
            expiration: duration('PT180S', 'How long a code is good.', {
              formerly: ['cas.authn.passwordless.tokens.expire-in-seconds'],
            }),
          }),
          mail: group({
            from: text('', 'Address of the sender; without it, a subject and a text no code goes by mail.'),
            subject: text('', 'Subject; `${token}` and the like as in the text.', TEMPLATE),
            text: text('', 'Text, or a file with the text, or a module that makes it; `${token}` or `%s` is the code.', TEMPLATE),
            html: flag(false, 'Whether the text is HTML; values are escaped in it.'),
            cc: texts([], 'Further recipients.'),
            bcc: texts([], 'Further recipients whom the others do not see.'),
            replyTo: texts([], 'Where answers go.'),
            validateAddresses: flag(false, 'Whether an address that cannot be one is refused before anything is sent.'),
            priority: int(1, 'From 1, the highest, to 5; 3 is normal and not said.', { min: 1, max: 5 }),
          }),
          sms: group({
            from: text('', 'Sender, as `cas.authn.mfa.simple.sms.from`. Without it and a text no code goes by SMS.'),
            text: text('', 'Text, or a file with the text, or a module that makes it; empty: `${token}`.', TEMPLATE),
          }),
        }),
      }),
    }),
  }),
  castellan: group({
    passwordless: group({
      tokenLength: int(
        8,
        'Digits of a code. Whoever knows a name may have codes sent and guess, so it is longer than that of a second factor.',
        {
          min: 6,
          max: 16,
        },
      ),
      sendLimit: int(5, 'How many codes one user is sent within `send-window`, counted over all processes; 0: no limit.', {
        min: 0,
        max: 100,
      }),
      addressLimit: int(30, 'How many codes are asked for from one address within `send-window`; 0: no limit.', { min: 0 }),
      sendWindow: duration('PT10M', 'See `send-limit`.'),
    }),
  }),
})
export type PasswordlessConfig = Infer<typeof passwordlessConfig>

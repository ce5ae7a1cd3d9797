import {
  choice,
  cryptoBlock,
  duration,
  flag,
  group,
  type Infer,
  int,
  mapOf,
  optional,
  regex,
  resource,
  text,
  texts,
  url,
} from '../../../base/schema.ts'

/** Settings of the authentication interrupt (interrupt.md 3). */
export const interruptConfig = group({
  casFeatureModule: group({
    interruptNotifications: group({
      enabled: flag(true, 'Whether logins can be interrupted at all.'),
    }),
  }),
  cas: group({
    interrupt: group({
      core: group({
        triggerMode: choice(
          ['AFTER_AUTHENTICATION', 'AFTER_SSO'],
          'AFTER_AUTHENTICATION',
          'Whether sources are asked before the SSO session is made, so that they can decide about it, or after.',
          { formerly: ['cas.interrupt.trigger-mode'] },
        ),
        forceExecution: flag(false, 'Whether a page is shown again to those who have accepted it; a definition may say otherwise.', {
          formerly: ['cas.interrupt.force-execution'],
        }),
      }),
      json: group({
        location: optional(
          resource('', 'File with the payload of each user that is interrupted, by principal id.', {
            formerly: ['cas.interrupt.json.config.location'],
          }),
        ),
      }),
      regex: group({
        attributeName: optional(
          regex('', 'Users with an attribute whose whole name matches, and a value that matches, are interrupted.', {
            formerly: ['cas.interrupt.attribute-name'],
          }),
        ),
        attributeValue: optional(
          regex('', 'Pattern that a whole value of that attribute has to match.', { formerly: ['cas.interrupt.attribute-value'] }),
        ),
      }),
      groovy: group({
        location: optional(
          resource('', 'JavaScript or TypeScript module that says whether a login is interrupted.', {
            formerly: ['cas.interrupt.groovy.config.location'],
          }),
        ),
      }),
      rest: group({
        url: optional(url('', 'Address that is asked about each login.')),
        method: text('GET', 'Method of the request.'),
        basicAuthUsername: optional(text('', 'User name for HTTP Basic.')),
        basicAuthPassword: optional(text('', 'Password for HTTP Basic.', { secret: true })),
        headers: mapOf(text('', 'Value of the header.', { secret: true }), 'Further headers of the request, by name.'),
      }),
      cookie: group({
        name: text('CASINTERRUPT', 'Name of the cookie that remembers what was accepted.'),
        path: text('', 'Path of the cookie; empty: the context path with a slash at its end.'),
        autoConfigureCookiePath: flag(true, 'Whether an empty path becomes the context path.'),
        domain: text('', 'Domain of the cookie; empty: this host only.'),
        secure: flag(true, 'Whether the browser sends the cookie by https only.'),
        httpOnly: flag(true, 'Whether scripts cannot read the cookie.'),
        maxAge: duration('-1', 'Life of the cookie; -1: until the browser closes.'),
        sameSitePolicy: text('', '`Lax`, `Strict`, `None` or `Off` (not sent); empty: castellan.cookies.same-site-default.'),
        pinToSession: flag(true, 'Whether the cookie counts only from the address and the user agent it was given to.'),
        allowedIpAddressesPattern: regex(
          '',
          'A new address in which this pattern is found is tolerated although the cookie was given to another.',
        ),
        crypto: cryptoBlock({ enabled: true, encryptionKeySize: 512, alg: 'A256CBC-HS512' }),
      }),
    }),
  }),
  castellan: group({
    interrupt: group({
      messageFormat: choice(
        ['SAFE_HTML', 'TEXT', 'MARKDOWN', 'RAW_HTML'],
        'SAFE_HTML',
        'How messages are written: HTML of which the harmless part is shown; plain text; Markdown; HTML that is trusted as it is.',
      ),
      allowedLinkSchemes: texts(['https', 'http', 'mailto'], 'Schemes that links may have; others are dropped.'),
      blockedStatus: choice(['200', '403'], '200', 'Status of the refusal when somebody tries to get past a page that blocks; 200 as CAS.'),
      enforceBlockOnApi: flag(
        false,
        'Whether a `block` also refuses logins that can show no page, as the password grant (403). CAS never asks about them.',
      ),
      shadow: flag(false, 'Whether sources are asked and the audit says what they would do, but nothing is shown.'),
      script: group({ timeout: duration('PT2S', 'How long one call of the script may take.') }),
      auditSkipped: flag(false, 'Whether the audit also tells of logins whose application wants no interrupt.'),
      previewEnabled: flag(false, 'Whether the management endpoint `interrupt` shows what the page of a user would look like.'),
      tracker: optional(resource('', 'Module that remembers who has accepted what, in place of the cookie.', { restart: true })),
      webhook: group({
        url: optional(url('', 'Address that is told (POST, JSON) when somebody accepts a page or leaves by a link.', { restart: true })),
        secret: optional(text('', 'Key of the HMAC-SHA256 in `X-Castellan-Signature`.', { secret: true, restart: true })),
      }),
      plugins: texts([], 'Modules, each with a source of interrupts as its default export.', { restart: true }),
      announcements: group({ location: optional(resource('', 'File with announcements: rules with audience, times and payload.')) }),
      rest: group({
        connectTimeout: duration('PT2S', 'How long the connection to the REST source may take.'),
        readTimeout: duration('PT5S', 'How long its answer may take.'),
        failureMode: choice(['OPEN', 'CLOSED'], 'OPEN', 'What a login does when the REST source fails: go on, or stop with 503.'),
        successCodes: texts(['200'], 'Statuses whose body is a payload; 204 and 404 always mean "no interrupt".'),
        maxResponseSize: int(65_536, 'Largest answer in bytes.', { min: 1 }),
        sendExtendedParameters: flag(true, 'Whether `registeredServiceId` and `registeredServiceName` are sent too.'),
        cacheTtl: int(0, 'For how many seconds an answer is used again for the same user and application.', { min: 0 }),
      }),
    }),
  }),
})
export type InterruptConfig = Infer<typeof interruptConfig>

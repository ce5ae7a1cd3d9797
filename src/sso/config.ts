import { choice, duration, flag, group, type Infer, int, regex, text, texts } from '../base/schema.ts'

/** What cookies of the server have in common (cas-protocol.md 8.1); `SameSite` takes any word, as in CAS. */
const cookie = (name: string, about: string) => ({
  name: text(name, `Name of the cookie ${about}.`),
  path: text('', 'Path of the cookie; empty: the context path with a slash at its end, unless auto-configure-cookie-path is off.'),
  autoConfigureCookiePath: flag(true, 'Whether an empty path becomes the context path.'),
  domain: text('', 'Domain of the cookie; empty: this host only.'),
  secure: flag(true, 'Whether the browser sends the cookie by https only.'),
  httpOnly: flag(true, 'Whether scripts cannot read the cookie.'),
})

export const ssoConfig = group({
  cas: group({
    tgc: group({
      ...cookie('TGC', 'that carries the SSO session'),
      maxAge: duration('-1', 'Life of the cookie; -1: until the browser closes.'),
      rememberMeMaxAge: duration('P14D', 'Life of the cookie of a long-term session.'),
      sameSitePolicy: text('', '`Lax`, `Strict`, `None` or `Off` (not sent); empty: castellan.cookies.same-site-default.'),
      pinToSession: flag(true, 'Whether the cookie counts only from the address and the user agent it was given to.'),
      allowedIpAddressesPattern: regex(
        '',
        'A new address in which this pattern is found is tolerated although the cookie was given to another.',
      ),
      crypto: group({
        enabled: flag(true, 'Whether the cookie is sealed. Without it the bare id of the session is in the browser, and not pinned.'),
        alg: text(
          'A256CBC-HS512',
          'Content encryption that the configured keys were made for; the cookie itself is sealed with AES-256-GCM.',
        ),
        encryption: group({
          key: texts([], 'Encryption key: the `k` of an oct JWK. Several: the first writes, all read. Generated when missing.', {
            secret: true,
            formerly: ['cas.tgc.encryptionKey'],
          }),
          keySize: int(512, 'Size of the encryption key: bits, or bytes up to 32.'),
        }),
        signing: group({
          key: texts([], 'Signing key. Several: the first writes, all read. Generated when missing.', {
            secret: true,
            formerly: ['cas.tgc.signingKey'],
          }),
          keySize: int(512, 'Size of the signing key in bits.'),
        }),
      }),
    }),
    warningCookie: group({
      ...cookie('CASPRIVACY', 'that asks for a confirmation before each transparent sign-on'),
      maxAge: duration('-1', 'Life of the cookie; -1: until the browser closes.'),
      sameSitePolicy: text('', '`Lax`, `Strict`, `None` or `Off`; empty: not sent.'),
    }),
    sso: group({
      ssoEnabled: flag(true, 'Whether one login opens a session for other applications at all.'),
      createSsoCookieOnRenewAuthn: flag(
        true,
        'Whether a login forced by `renew` or by a policy of the service makes or replaces the session.',
      ),
      renewAuthnEnabled: flag(true, 'Whether the parameter `renew` is honoured at /login.'),
      proxyAuthnEnabled: flag(true, 'Whether `pgtUrl` is looked at; false: it is ignored.'),
      services: group({
        allowMissingServiceParameter: flag(true, 'Whether one may log in without a service.', {
          formerly: ['cas.sso.allowMissingServiceParameter', 'cas.sso.missingService'],
        }),
      }),
    }),
    httpClient: group({
      connectionTimeout: duration('PT5S', 'How long an application may take to accept a connection.', { bareNumber: 'ms' }),
      responseTimeout: duration('PT5S', 'How long an application may take to answer.', {
        bareNumber: 'ms',
        formerly: ['cas.http-client.read-timeout'],
      }),
      hostNameVerifier: choice(
        ['default', 'none'],
        'default',
        '`none`: the name in the certificate of an application is not compared with its address.',
      ),
      truststore: group({
        file: text('', 'Certificates (PEM) that applications called by https may show, besides those that the system trusts.'),
      }),
    }),
    slo: group({
      disabled: flag(false, 'Whether applications are not told when a session ends.'),
      asynchronous: flag(true, 'Whether the answer to a logout goes out before the applications have been told.'),
      logoutPropagationType: choice(
        ['AJAX', 'IFRAME'],
        'AJAX',
        'How the logout page makes the browser tell applications of the front channel: by hidden pictures, or by hidden frames.',
      ),
    }),
    logout: group({
      followServiceRedirects: flag(false, 'Whether logout leads to the registered service that was asked for.'),
      redirectParameter: texts(['service'], 'Parameters that name the target of a logout, in this order.'),
      confirmLogout: flag(false, 'Whether logout asks first.'),
      redirectUrl: text('', 'Where every logout leads; empty: to the logout page.'),
    }),
  }),
  castellan: group({
    cookies: group({
      sameSiteDefault: choice(
        ['None', 'Lax', 'Strict', 'Off'],
        'None',
        'SameSite of a cookie whose same-site-policy is empty. `None` is what CAS sends; `Lax` is safer unless logins are framed.',
      ),
    }),
    proxy: group({
      allowInsecureCallbacks: flag(false, 'Whether a proxy callback may be an `http` address, if the policy of the service admits it.'),
      probeCallback: flag(false, 'Whether a proxy callback is called once without parameters before it gets the ticket, as CAS does.'),
    }),
    sessions: group({
      onExceed: choice(['REJECT', 'DESTROY_OLDEST'], 'REJECT', 'What a login beyond the limit of sessions of one user does.'),
    }),
  }),
})
export type SsoConfig = Infer<typeof ssoConfig>

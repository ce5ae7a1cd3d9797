import { choice, cryptoBlock, duration, flag, group, type Infer, int, optional, resource, text, texts } from '../../base/schema.ts'

/** A list by which an operator narrows what is offered; unset: everything that is built. */
const allowList = (about: string, ...formerly: readonly string[]) => optional(texts([], about, { formerly }))

/** Settings of the OAuth server (oauth.md 15); those of JWT tokens stand in jwt/. */
export const oauthConfig = group({
  casFeatureModule: group({
    oauth: group({ enabled: flag(true, 'Whether the OAuth server answers at all.') }),
  }),
  cas: group({
    authn: group({
      oauth: group({
        core: group({
          bypassApprovalPrompt: flag(false, 'Whether nobody is asked for approval, whatever the definitions say.'),
          userProfileViewType: choice(['NESTED', 'FLAT'], 'NESTED', 'Whether attributes stand in a member of their own at /profile.', {
            formerly: ['cas.authn.oauth.user-profile-view-type'],
          }),
        }),
        code: group({
          numberOfUses: int(1, 'How often one authorization code may be exchanged.', { min: 1 }),
          timeToKillInSeconds: duration('30', 'Life of an authorization code.'),
          removeRelatedAccessTokens: optional(
            flag(false, 'Whether a spent or unknown code ends the tokens it bought. Unset: as the security profile says.'),
            'false',
          ),
          storageName: text('oauthCodesCache', 'Container of authorization codes in the ticket store.', { restart: true }),
        }),
        accessToken: group({
          maxTimeToLiveInSeconds: duration('PT8H', 'Longest life of an access token; -1: no limit, 0: none is issued.'),
          timeToKillInSeconds: duration('PT2H', 'Life of an access token that nobody uses; -1: no limit.'),
          maxActiveTokensAllowed: int(0, 'How many living access tokens a client may have; 0: no limit.', { min: 0, wide: true }),
          storageName: text('oauthAccessTokensCache', 'Container of access tokens in the ticket store.', { restart: true }),
          releaseProtocolAttributes: flag(true, 'Whether /profile tells facts of the login (`authenticationDate` …).'),
        }),
        refreshToken: group({
          timeToKillInSeconds: duration('P14D', 'Life of a refresh token, used or not; -1: no limit.'),
          maxActiveTokensAllowed: int(0, 'How many living refresh tokens a client may have; 0: no limit.', { min: 0, wide: true }),
          storageName: text('oauthRefreshTokensCache', 'Container of refresh tokens in the ticket store.', { restart: true }),
          trackAccessTokens: flag(true, 'Whether the revocation of a refresh token also ends the access tokens issued with it.'),
        }),
        deviceToken: group({
          maxTimeToLiveInSeconds: duration('PT5M', 'Life of a device code.'),
          refreshInterval: duration('PT15S', 'Shortest time between two questions of a device.'),
          storageName: text('oauthDeviceTokensCache', 'Container of device codes in the ticket store.', { restart: true }),
        }),
        deviceUserCode: group({
          maxTimeToLiveInSeconds: duration('PT1M', 'Life of a user code.'),
          userCodeLength: int(8, 'Characters of a user code after `ODUC-`.', { min: 6, max: 64 }),
          storageName: text('oauthDeviceUserCodesCache', 'Container of user codes in the ticket store.', { restart: true }),
        }),
        grants: group({
          resourceOwner: group({
            requireServiceHeader: flag(
              false,
              'Whether the password and client credentials grants must name the application in a header `service` or `X-service`.',
            ),
          }),
        }),
        csrfCookie: group({
          domain: text('', 'Domain of the cookie that carries a pending authorization request; empty: this host only.'),
          maxAge: duration('PT15M', 'Life of a pending authorization request; never longer than a day.'),
          sameSitePolicy: text('', '`Lax`, `Strict` or `None` for that cookie; empty: `Lax`.'),
        }),
        // There is no session that could be replicated; what CAS's cookie of it is told holds for ours, unless csrf-cookie says something else.
        sessionReplication: group({
          cookie: group({
            domain: text('', 'Domain of the cookie that carries a pending authorization request, where csrf-cookie has none.'),
            path: text('', 'Path of that cookie; it must lead to `/oauth2.0` below the context path. Empty: that path.'),
            secure: optional(flag(true, 'Whether that cookie is sent by https only. Unset: as the TGC.')),
            sameSitePolicy: text('', '`Lax`, `Strict` or `None` for that cookie, where csrf-cookie has none.'),
            crypto: group({
              encryption: group({
                key: texts([], 'Keys that seal pending authorization requests, where castellan.oauth.transaction.key has none.', {
                  secret: true,
                }),
              }),
            }),
          }),
        }),
        crypto: cryptoBlock({ enabled: true, encryptionKeySize: 512, alg: 'A256CBC-HS512' }),
      }),
      oidc: group({
        discovery: group({
          scopes: allowList('Scopes that clients may ask for; unset: any.', 'cas.authn.oidc.scopes'),
          grantTypesSupported: allowList(
            'Grant types that are offered; unset: all that are built.',
            'cas.authn.oidc.grant-types-supported',
          ),
          responseTypesSupported: allowList(
            'Response types that are offered; unset: all that are built.',
            'cas.authn.oidc.response-types-supported',
          ),
          responseModesSupported: allowList('Response modes that are offered; unset: all that are built.'),
          promptValuesSupported: allowList('Values of `prompt` that are offered; unset: all that are built.'),
          codeChallengeMethodsSupported: allowList('PKCE methods that are offered; unset: `plain` and `S256`.'),
        }),
      }),
    }),
    ticket: group({
      trackDescendantTickets: optional(
        flag(true, 'Whether tokens end with the SSO session: unset, yes, but for `offline_access`; true, all of them; false, none.', {
          formerly: ['cas.logout.remove-descendant-tickets'],
        }),
      ),
    }),
  }),
  castellan: group({
    oauth: group({
      profile: choice(
        ['cas-compat', 'cas7', 'rfc9700'],
        'cas-compat',
        'Security profile: what old applications may still do (docs/guide/oauth.md). A definition has its own in `oauthSecurityProfile`.',
      ),
      issInResponse: flag(true, 'Whether answers to an authorization request carry `iss` (RFC 9207).'),
      loopbackAnyPort: flag(false, 'Whether the port of a redirect to 127.0.0.1 or [::1] is ignored (RFC 8252).'),
      approval: group({
        rememberFor: optional(
          duration('PT0S', 'How long an approval lasts if the user ticks that; at most a year. Unset or 0: no longer than the session.'),
        ),
      }),
      device: group({ bindToSso: flag(true, "Whether a device's tokens end with the session of who approved it.") }),
      introspection: group({ scopeAsCas: flag(false, 'Whether `scope` of an introspection is always the word `CAS`, as in CAS.') }),
      modules: group({
        renderProfile: resource('', 'Module with a function `renderProfile` that makes the body of /profile.'),
        tokenResponse: resource('', 'Module with a function `customizeTokenResponse` that adds members to answers of the token address.'),
        accessTokenClaims: resource('', 'Module with a function `accessTokenClaims` that adds claims to access tokens that are JWTs.'),
        consent: resource('', 'Module with a function `consent` that decides whether the page of approval is shown.'),
      }),
      pkce: group({
        allowPlain: optional(flag(true, 'Whether the PKCE method `plain` is taken. Unset: as the security profile says.'), 'true'),
      }),
      maxActiveTokens: group({
        scope: choice(['client', 'client-and-user'], 'client', 'What the limits of living tokens count.'),
        onExceed: choice(['deny', 'evict-oldest'], 'deny', 'What a token beyond the limit does.'),
      }),
      refreshToken: group({
        refreshAttributes: flag(
          false,
          'Whether a refresh asks the sources of the login anew: for attributes, and whether the account may still be used.',
        ),
        familyMaxTimeToLive: optional(duration('PT0S', 'Longest life of a chain of rotated refresh tokens.')),
        reuseGrace: duration('PT0S', 'How long after a rotation the old refresh token gives the same new one again; at most PT30S.'),
      }),
      removeExpiredClientSecrets: flag(
        false,
        'Whether definitions are rewritten without the secrets that are over, when such a client is met. The last secret of a client stays.',
      ),
      transaction: group({
        key: texts(
          [],
          'Keys that seal pending authorization requests. Several: the first writes, all read. Empty: made from those of the TGC.',
          {
            secret: true,
          },
        ),
      }),
      userProfile: group({
        alwaysArrays: choice(['none', 'flat', 'nested', 'both'], 'none', 'In which views of /profile single values are lists of one.'),
      }),
    }),
  }),
})
export type OAuthConfig = Infer<typeof oauthConfig>

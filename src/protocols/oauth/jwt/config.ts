import { choice, flag, group, type Infer, int, text, texts } from '../../../base/schema.ts'

/** Settings of access and refresh tokens that are JWTs (oauth.md 13). Both kinds are protected by one block of keys, as in CAS. */
export const jwtConfig = group({
  cas: group({
    authn: group({
      oauth: group({
        accessToken: group({
          createAsJwt: flag(false, 'Whether access tokens are JWTs; a definition says so for itself by `jwtAccessToken`.'),
          includeClaimsInJwt: flag(true, 'Whether a JWT carries the released attributes and the facts of the login.'),
          crypto: group({
            enabled: flag(true, 'Whether JWTs are signed and encrypted.'),
            alg: text('', 'Content encryption (`A256CBC-HS512` …) or signature (`HS512` …) of JWTs; empty: by the length of the key.'),
            encryptionEnabled: flag(true, 'Whether JWTs are encrypted; a configured encryption key says yes as well.'),
            signingEnabled: flag(true, 'Whether JWTs are signed; a configured signing key says yes as well.'),
            strategyType: choice(['ENCRYPT_AND_SIGN', 'SIGN_AND_ENCRYPT'], 'ENCRYPT_AND_SIGN', 'What is done first.'),
            encryption: group({
              key: texts(
                [],
                'Encryption key: the `k` of an oct JWK, a whole JWK, or the path of an RSA key. Several: the first writes, all read. Generated when missing.',
                { secret: true },
              ),
              keySize: int(512, 'Size of the encryption key: bits, or bytes up to 32.'),
            }),
            signing: group({
              key: texts(
                [],
                'Signing key: a text whose UTF-8 bytes are the key, a whole JWK, or the path of a private key. Several: the first writes, all read. Generated when missing.',
                { secret: true },
              ),
              keySize: int(512, 'Size of the signing key in bits.'),
            }),
          }),
        }),
        refreshToken: group({
          createAsJwt: flag(false, 'Whether refresh tokens are JWTs; a definition says so for itself by `jwtRefreshToken`.'),
        }),
      }),
    }),
  }),
  castellan: group({
    oauth: group({
      accessToken: group({
        rfc9068: flag(
          false,
          'Whether access tokens that are JWTs have the form of RFC 9068: `at+jwt`, its claims, and released attributes only.',
        ),
      }),
      allowUnsignedJwt: flag(false, 'Whether JWTs may go out without a signature (`alg: none`) when their crypto is switched off.'),
    }),
  }),
})
export type JwtConfig = Infer<typeof jwtConfig>

import { faultIf, type Rule, refusals } from '../../base/setting-rules.ts'
import type { OAuthConfig } from './config.ts'
import { checkJwtSettings } from './jwt/ciphers.ts'
import type { JwtConfig } from './jwt/config.ts'
import { oauthTicketKinds } from './kinds.ts'

/** Characters of a user code below which guessing is not hopeless any more (RFC 8628 section 5.1). */
const GUESSABLE_CODE = 8

/** What the settings of OAuth must have in common. */
export const oauthRules: readonly Rule<OAuthConfig & JwtConfig>[] = [
  (settings) =>
    refusals(
      () => oauthTicketKinds(settings),
      () => checkJwtSettings(settings),
    ),
  ({ cas, castellan }) => {
    const { familyMaxTimeToLive } = castellan.oauth.refreshToken
    return faultIf(
      familyMaxTimeToLive !== undefined &&
        familyMaxTimeToLive > 0 &&
        familyMaxTimeToLive < cas.authn.oauth.refreshToken.timeToKillInSeconds,
      'castellan.oauth.refresh-token.family-max-time-to-live',
      'is shorter than cas.authn.oauth.refresh-token.time-to-kill-in-seconds: no refresh token lives as long as that says',
      { severity: 'warn' },
    )
  },
  ({ cas }) => {
    const { userCodeLength } = cas.authn.oauth.deviceUserCode
    return faultIf(
      userCodeLength < GUESSABLE_CODE,
      'cas.authn.oauth.device-user-code.user-code-length',
      `makes codes of ${userCodeLength} characters, which can be guessed sooner than those of ${GUESSABLE_CODE}`,
      { severity: 'warn' },
    )
  },
]

import { faultIf, type Rule, refusals } from '../base/setting-rules.ts'
import { trustedCertificates } from './application-calls.ts'
import type { SsoConfig } from './config.ts'
import { checkCookies } from './cookie.ts'

/** What the settings of sessions, cookies and logout must have in common. */
export const ssoRules: readonly Rule<SsoConfig>[] = [
  (settings, { configurationDirectory }) =>
    refusals(
      () => checkCookies(settings),
      () => trustedCertificates(settings, configurationDirectory),
    ),
  ({ cas }) =>
    (
      [
        ['cas.tgc', cas.tgc],
        ['cas.warning-cookie', cas.warningCookie],
      ] as const
    ).flatMap(([name, { sameSitePolicy, secure }]) =>
      faultIf(
        sameSitePolicy.trim().toLowerCase() === 'none' && !secure,
        `${name}.same-site-policy`,
        `is None while ${name}.secure is false: browsers throw such a cookie away`,
        { severity: 'warn' },
      ),
    ),
]

import { parseDuration } from '../../../base/duration.ts'
import type { Json } from '../../../base/json.ts'
import type { Settings } from '../../../config/index.ts'
import type { RegisteredService } from '../../../services/index.ts'

/** How long what an OAuth client is given lives (oauth.md 14); seconds, `null`: without limit. */
export interface TokenPolicies {
  readonly clientId: string
  readonly code: { readonly numberOfUses: number; readonly timeToLive: number | null }
  readonly accessToken: {
    readonly maxTimeToLive: number | null
    readonly timeToKill: number | null
    readonly maxActiveTokens: number | null
  }
  /** Absent: it gets none. */
  readonly refreshToken?: { readonly timeToKill: number | null; readonly renewed: boolean }
  readonly deviceCode: { readonly timeToKill: number | null }
}

type Members = Readonly<Record<string, Json>>

/** What the definition of a client says, and the settings where it says nothing. */
export function tokenPoliciesOf({ definition }: RegisteredService, { cas }: Settings): TokenPolicies {
  const { code, accessToken, refreshToken, deviceToken } = cas.authn.oauth
  const policy = (name: string): Members => {
    const value = definition[name]
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}
  }
  const own = {
    code: policy('codeExpirationPolicy'),
    accessToken: policy('accessTokenExpirationPolicy'),
    refreshToken: policy('refreshTokenExpirationPolicy'),
    deviceToken: policy('deviceTokenExpirationPolicy'),
  }
  const seconds = (members: Members, name: string, usual: number): number | null => {
    const written = members[name]
    const found =
      written === undefined || written === null || String(written).trim() === '' ? usual : (parseDuration(String(written)) ?? usual)
    return Number.isFinite(found) ? found : null
  }
  const number = (members: Members, name: string): number | undefined => {
    const found = Number(members[name] ?? 0)
    return Number.isInteger(found) && found > 0 ? found : undefined
  }
  const isOn = (name: string) =>
    String(definition[name] ?? false)
      .trim()
      .toLowerCase() === 'true'
  return {
    clientId: String(definition['clientId'] ?? ''),
    code: {
      numberOfUses: number(own.code, 'numberOfUses') ?? code.numberOfUses,
      timeToLive: seconds(own.code, 'timeToLive', code.timeToKillInSeconds),
    },
    accessToken: {
      maxTimeToLive: seconds(own.accessToken, 'maxTimeToLive', accessToken.maxTimeToLiveInSeconds),
      timeToKill: seconds(own.accessToken, 'timeToKill', accessToken.timeToKillInSeconds),
      maxActiveTokens: number(own.accessToken, 'maxActiveTokens') ?? null,
    },
    ...(isOn('generateRefreshToken')
      ? {
          refreshToken: {
            timeToKill: seconds(own.refreshToken, 'timeToKill', refreshToken.timeToKillInSeconds),
            renewed: isOn('renewRefreshToken'),
          },
        }
      : {}),
    deviceCode: { timeToKill: seconds(own.deviceToken, 'timeToKill', deviceToken.maxTimeToLiveInSeconds) },
  }
}

const within = (seconds: number | null) => (seconds === null ? 'without limit' : `${seconds} s`)

export function tokenLines({ clientId, code, accessToken, refreshToken, deviceCode }: TokenPolicies): readonly string[] {
  const uses = code.numberOfUses === 1 ? '1 use' : `${code.numberOfUses} uses`
  const rows: readonly (readonly [string, string])[] = [
    ['code', `${uses} within ${within(code.timeToLive)}`],
    ['access', `${within(accessToken.maxTimeToLive)}, ${within(accessToken.timeToKill)} without use`],
    ['refresh', refreshToken ? `${within(refreshToken.timeToKill)}${refreshToken.renewed ? ', a new one at each refresh' : ''}` : 'none'],
    ['device', within(deviceCode.timeToKill)],
  ]
  return ['', `What the client ${JSON.stringify(clientId)} gets:`, ...rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`)]
}

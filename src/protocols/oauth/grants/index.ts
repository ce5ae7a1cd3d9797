import type { Grant } from '../grant.ts'
import type { Room } from '../room.ts'
import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { deviceCode } from './device-code.ts'
import { password } from './password.ts'
import { refreshToken } from './refresh-token.ts'
import { tokenExchange } from './token-exchange.ts'

export { allowsDevices, deviceCodeIn } from './device-code.ts'

/** Every grant that is built. */
export const grants = (room: Room): readonly Grant[] => [
  authorizationCode(room),
  refreshToken(room),
  password(room),
  clientCredentials(room),
  deviceCode(room),
  tokenExchange(room),
]

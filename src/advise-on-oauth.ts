import { systemClock } from './base/clock.ts'
import type { Settings } from './config/index.ts'
import { adviseOnClients, ownValueOf } from './protocols/oauth/index.ts'
import type { Services } from './services/index.ts'

/** What there is to say of the OAuth clients of a configuration, for those who check it without a server. */
export const adviseOnOAuth = (settings: Settings, services: Services) => adviseOnClients({ settings, services, nowMs: systemClock() })

/** What the definition of an OAuth client says instead of a setting. */
export const instead = ownValueOf

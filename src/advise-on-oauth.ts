import { systemClock } from './base/clock.ts'
import type { Settings } from './config/index.ts'
import { adviseOnClients } from './protocols/oauth/index.ts'
import type { Services } from './services/index.ts'

/** What there is to say of the OAuth clients of a configuration, for those who check it without a server. */
export const adviseOnOAuth = (settings: Settings, services: Services) => adviseOnClients({ settings, services, nowMs: systemClock() })

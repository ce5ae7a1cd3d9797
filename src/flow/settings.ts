import type { MultifactorConfig } from '../mfa/index.ts'
import type { SsoConfig } from '../sso/index.ts'
import type { TicketsConfig } from '../tickets/index.ts'
import type { ViewsConfig } from '../views/index.ts'
import type { FlowConfig } from './config.ts'
import type { InterruptConfig } from './steps/interrupt/config.ts'

/** The settings that decide about a login, each declared by the room it belongs to. */
export type FlowSettings = FlowConfig & InterruptConfig & MultifactorConfig & SsoConfig & TicketsConfig & ViewsConfig

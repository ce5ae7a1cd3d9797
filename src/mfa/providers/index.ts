import type { TicketKind } from '../../tickets/index.ts'
import type { MultifactorConfig } from '../config.ts'
import type { ProviderKind } from '../provider.ts'
import { CODE, simpleProvider, simpleProviderId } from './simple/index.ts'

/** One line each: a provider is one folder. */
export const providerKinds: readonly ProviderKind[] = [simpleProvider]

/** What providers keep in the ticket registry. */
export const multifactorTicketKinds: readonly TicketKind[] = [CODE]

/** How triggers and definitions call them. */
export const providerIds = (settings: MultifactorConfig): readonly string[] => [simpleProviderId(settings)]

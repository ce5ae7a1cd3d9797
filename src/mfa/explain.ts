import { randomBytes } from 'node:crypto'
import { StartRefusal } from '../base/start-refusal.ts'
import type { DirectMessages } from '../notifications/index.ts'
import type { Attributes, RegisteredService, ServiceReference } from '../services/index.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import { type MultifactorParts, openMultifactor } from './multifactor.ts'

/** Whom it is about; no session, no credential. */
export interface MultifactorQuestion {
  readonly username: string
  readonly attributes: Attributes
  readonly service: ServiceReference | undefined
  readonly registeredService: RegisteredService | undefined
}

/**
 * What a login of this user would be asked for, in words, without a server: nothing is sent, and that codes can be sent is taken for granted.
 *
 * @throws {StartRefusal} as the start would.
 */
export async function explainMultifactor(
  parts: Pick<MultifactorParts, 'settings' | 'configurationDirectory' | 'scriptTimeoutMs' | 'clock' | 'log'>,
  { username, attributes, service, registeredService }: MultifactorQuestion,
): Promise<string> {
  const multifactor = openMultifactor({
    ...parts,
    // Nothing of it is asked for before a code is made, and none is.
    registry: {} as TicketRegistry,
    notifications: { direct: () => TAKEN_FOR_GRANTED },
    keys: [randomBytes(32)],
    isSet: () => false,
  })
  try {
    const demand = await multifactor.demand({
      authentication: {
        principal: { id: username, attributes },
        authenticatedAtMs: parts.clock(),
        attributes: {},
        successes: [],
        failures: {},
        warnings: [],
      },
      service,
      registeredService,
      requested: [],
      client: { address: '', userAgent: '', serverAddress: '', secure: true },
      headerNames: () => [],
      hidden: false,
      application: undefined,
      locale: undefined,
    })
    switch (demand.kind) {
      case 'none':
        return 'none'
      case 'bypassed':
        return `none: ${demand.provider.id} is let past by ${demand.why}`
      case 'absent':
        return `refused: there is no provider ${demand.ids.join(', ')}`
      case 'denied':
        return 'refused: no value of the attributes fits (deny-if-unmatched)'
      case 'unavailable':
        return 'refused: what decides about it does not work'
      case 'satisfied':
      case 'waived':
      case 'required':
        return demand.provider.id
    }
  } finally {
    await multifactor.close()
  }
}

const never = async (): Promise<never> => {
  throw new StartRefusal('nothing is sent where a login is only explained')
}
const TAKEN_FOR_GRANTED: DirectMessages = { bySms: true, byMail: true, sms: never, mail: never }

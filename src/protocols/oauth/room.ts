import type { Audit } from '../../audit/index.ts'
import type { AuthenticationEngine, Throttle } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Metrics } from '../../base/metrics.ts'
import type { Answer, AskPassage, Interrupt } from '../../flow/index.ts'
import type { Multifactor } from '../../mfa/index.ts'
import type { Services } from '../../services/index.ts'
import type { Sso } from '../../sso/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import type { Approvals } from './approvals.ts'
import type { ClientAssertions } from './client-assertion.ts'
import type { AuthenticateClient } from './client-authentication.ts'
import type { ClientKeySets } from './client-key-sets.ts'
import type { ClientSecrets } from './client-secrets.ts'
import type { Clients } from './clients.ts'
import type { OAuthConfig } from './config.ts'
import type { DeviceCodes } from './device-codes.ts'
import type { Families } from './families.ts'
import type { CountAnswer } from './figures.ts'
import type { Holders } from './holder.ts'
import type { DescribeHolder } from './holder-profile.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { OAuthModules } from './modules.ts'
import type { TokenFormat } from './token-format.ts'
import type { MintTokens } from './tokens.ts'
import type { Transactions } from './transaction.ts'
import type { WriteBudget } from './write-budget.ts'

/** Everything that the endpoints and grants of this room share; put together in routes.ts. */
export interface Room {
  readonly settings: OAuthConfig
  /** `cas.server.prefix`: the issuer, and where every address of ours begins. */
  readonly prefix: string
  /** `/cas`, or `''` at the root. */
  readonly contextPath: string
  readonly services: Services
  readonly clients: Clients
  readonly authenticateClient: AuthenticateClient
  readonly assertions: ClientAssertions
  readonly keySets: ClientKeySets
  readonly secrets: ClientSecrets
  readonly registry: TicketRegistry
  readonly sso: Sso
  readonly engine: AuthenticationEngine
  readonly throttle: Throttle
  readonly passage: AskPassage
  /** Whether an interrupt keeps somebody out where no page can be shown. */
  readonly interrupt: Pick<Interrupt, 'refusesApi'>
  /** Whether a login is not enough for a client that wants a second factor. */
  readonly multifactor: Pick<Multifactor, 'lacks'>
  readonly answer: Answer
  readonly families: Families
  readonly holders: Holders
  readonly lifetimes: Lifetimes
  readonly format: TokenFormat
  readonly mint: MintTokens
  readonly describe: DescribeHolder
  readonly devices: DeviceCodes
  /** Of devices that begin without a secret. */
  readonly deviceBudget: WriteBudget
  readonly transactions: Transactions
  readonly approvals: Approvals
  readonly modules: OAuthModules
  /** 32 bytes, for what only this server may be able to make: tokens of forms, names of approvals. */
  readonly proofKey: Buffer
  readonly newTicketId: (kind: string) => string
  readonly audit: Audit
  readonly metrics: Metrics
  readonly figures: CountAnswer
  readonly clock: Clock
  readonly log: Log
}

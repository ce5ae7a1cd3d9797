import { Refusal, type RefusalOptions } from '../base/errors.ts'
import { StartRefusal } from '../base/start-refusal.ts'

/** A ticket that a registry does not take. */
export class TicketRefusal extends Refusal {
  /** `duplicate`: the id is taken; `full`: a bounded store has no room, nothing that lives is thrown out for it. */
  readonly code: 'duplicate' | 'full'
  readonly status: number

  constructor(code: 'duplicate' | 'full', options: RefusalOptions = {}) {
    super(code === 'full' ? 'no more tickets can be kept at the moment' : 'this ticket exists already', options)
    this.name = 'TicketRefusal'
    this.code = code
    this.status = code === 'full' ? 503 : 500
  }
}

/** The store of tickets cannot be opened as it is configured; the message names the setting or the path, and what to do. */
export class TicketRegistryUnusable extends StartRefusal {
  constructor(message: string, options: { readonly setting?: string; readonly exitCode?: 69 | 78; readonly cause?: unknown } = {}) {
    super(message, options)
    this.name = 'TicketRegistryUnusable'
  }
}

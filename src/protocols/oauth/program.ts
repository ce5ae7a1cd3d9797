import type { Authentication } from '../../authentication/index.ts'

/** A client in its own name (RFC 6749 section 4.4): nobody has logged in, and no attributes of a person belong to it. */
export const ofProgram = (clientId: string, nowMs: number): Authentication => ({
  principal: { id: clientId, attributes: {} },
  authenticatedAtMs: nowMs,
  attributes: {},
  successes: [],
  failures: {},
  warnings: [],
})

/** Tables besides those of the kinds, which are named after `storageName`. */

/** Heads of tickets that grant, what hangs on each, and the applications of sessions. */
export const TREE = 'tree'
/** Sessions by the instant at which to look whether they have ended. */
export const DUE = 'due'
/** The same of all other tickets, of marks and of places under a limit. */
export const EXPIRING = 'expiring'
/** Sessions by whose they are. */
export const PRINCIPAL = 'principal'
export const ONCE_TABLE = 'once'
export const HITS = 'hits'
/** Who has a place under a limit. */
export const SLOTS = 'slots'

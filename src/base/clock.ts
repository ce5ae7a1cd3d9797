/** The present moment in milliseconds since 1970-01-01T00:00:00Z. Passed to whoever needs it, so that a test can hold it still. */
export type Clock = () => number

export const systemClock: Clock = Date.now

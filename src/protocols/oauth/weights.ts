const LONGEST = 1000

/** Media types of an `Accept` header with their weights (RFC 9110 section 12.5.1), in small letters, without parameters. */
export function weightsOf(accept: string | undefined): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const part of (accept ?? '').slice(0, LONGEST).split(',')) {
    const [type = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    const weight = q === undefined ? 1 : Number(q.slice(2))
    weights.set(type, Number.isFinite(weight) ? weight : 0)
  }
  return weights
}

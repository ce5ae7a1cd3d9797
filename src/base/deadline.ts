/**
 * Waits for work, but not longer than that; the work itself goes on unheard.
 *
 * @throws {Error} when it is late, and what the work throws.
 */
export async function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  let limit: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(limit)
  }
}

/** Waits for all even if one fails, so that nothing is opened after everything was closed. */
export async function allOrNone<T extends readonly unknown[]>(works: readonly [...{ [index in keyof T]: Promise<T[index]> }]): Promise<T> {
  await Promise.allSettled(works)
  return (await Promise.all(works)) as unknown as T
}

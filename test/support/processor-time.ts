/**
 * What a piece of work costs, in milliseconds of the processor over all threads of this process. For tests that tell a hostile input that costs nothing
 * from one that costs minutes: other programs on the machine do not count, and limits stand far above what is usual. Speed itself is shown in `bench/`.
 */
export async function processorMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

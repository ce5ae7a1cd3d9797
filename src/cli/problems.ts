import type { Log } from '../base/log.ts'
import type { LoadedConfiguration, Problem } from '../config/index.ts'

/** Lines of one kind that the log shows before it sums up; `castellan check` shows them all. */
const MAX_LINES = 100

/** Puts what is wrong with the configuration into the log, one line each, mistakes that stop the start first. */
export function logProblems({ problems }: LoadedConfiguration, log: Log): void {
  const fatalFirst = [...problems.filter(({ fatal }) => fatal), ...problems.filter(({ fatal, saidByRoom }) => !fatal && !saidByRoom)]
  for (const [kind, all] of Map.groupBy(fatalFirst, (problem) => problem.kind)) {
    for (const problem of all.slice(0, MAX_LINES)) log[problem.severity](fieldsOf(problem), problem.message)
    if (all.length > MAX_LINES) log.warn({ kind }, `and ${all.length - MAX_LINES} more of this kind; castellan check --all lists them all`)
  }
}

function fieldsOf({ kind, key, suggestion }: Problem): object {
  return { kind, ...(key === undefined ? {} : { key }), ...(suggestion === undefined ? {} : { suggestion }) }
}

import type { Problem } from '../problem.ts'
import type { Entry } from '../source.ts'

/** One document of a file: the whole file unless it is parted by `---` or `#---`. Later documents win. */
export interface Document {
  readonly entries: readonly Entry[]
}

export interface FileReading {
  readonly documents: readonly Document[]
  readonly problems: readonly Problem[]
}

import { lookAt } from '../base/look-at.ts'
import { faultIf, type Rule } from '../base/setting-rules.ts'
import { keyFaults } from './keys.ts'
import type { Settings } from './schema.ts'
import { pathOf } from './state-directory.ts'

/** What the settings of the frame, and the keys of all rooms, must have in common. */
export const frameRules: readonly Rule<Settings>[] = [
  keyFaults,
  ({ castellan }) => {
    const { directory } = castellan.state
    const path = directory === undefined ? undefined : pathOf(directory, process.cwd())
    const found = path === undefined ? undefined : lookAt(path)
    if (typeof found === 'string') return [{ setting: 'castellan.state.directory', message: `names a place that ${found}` }]
    return faultIf(found?.isDirectory() === false, 'castellan.state.directory', `names ${path}, which is no directory`)
  },
]

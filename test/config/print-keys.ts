/** Started by keys.test.ts several times at once: prints the keys it got. */
import { silentLog } from '../../src/base/log.ts'
import { loadConfiguration, loadKeys } from '../../src/config/index.ts'

const { settings, stateDirectory } = await loadConfiguration({
  argv: [`--castellan.state.directory=${process.argv[2]}`],
  env: {},
  cwd: process.cwd(),
  usualDirectories: [],
})
const keys = await loadKeys({ settings, stateDirectory, log: silentLog })
console.log(keys.material('cas.tgc.crypto').flat().join(' '), keys.material('cas.webflow.crypto').flat().join(' '))

import { CATALOGUE_VERSIONS, everySetting, type LoadedConfiguration, lookUpSetting, readable } from '../config/index.ts'
import { type CommandResult, EXIT, type Shell } from './command.ts'

type Looked = Pick<LoadedConfiguration, 'explain' | 'names' | 'sourcesOf'>

const plain = (key: string) => key.replace(/[-_]/g, '').toLowerCase()

/** What a key means when it names one setting, today or in an earlier version. */
export function settingOf(key: string, { explain }: Looked): { readonly key: string; readonly wasCalled?: string } | undefined {
  if (explain(key)) return { key }
  const found = lookUpSetting(key)
  const [today, ...more] = found?.class === 'moved' ? found.names : []
  return today !== undefined && more.length === 0 && explain(today) ? { key: today, wasCalled: readable(key) } : undefined
}

/** The settings below a name, as far as they have values: of a group all of them, of a list or a map those that somebody has written. */
export function membersOf(key: string, { names }: Looked): readonly string[] {
  const wanted = plain(key)
  return names.filter((name) => plain(name).startsWith(`${wanted}.`) || plain(name).startsWith(`${wanted}[`)).sort()
}

/** A name that is not one setting: what stands below it, or what it is instead and where it is written all the same. */
export function otherSetting({ stdout, stderr }: Shell['process'], key: string, looked: Looked): CommandResult {
  const members = membersOf(key, looked)
  if (members.length > 0) {
    for (const name of members) {
      const found = looked.explain(name)
      if (found) stdout.write(`${name}=${found.value.replaceAll('\n', '\\n')}\t${found.origin}\n`)
    }
    return { exitCode: EXIT.good }
  }
  const map = everySetting().find(({ id, jsonType }) => jsonType === 'object' && plain(id) === plain(key))
  if (map) {
    stdout.write(`${map.id}\n  ${map.description}\n  type     map; nothing is set: ${map.id}.NAME=VALUE\n`)
    return { exitCode: EXIT.good }
  }
  const written = looked.sourcesOf(key)
  const lines = [instead(key, written.length > 0), ...written.map(({ place, value }) => `  set in ${place}: ${value}`)]
  for (const line of lines) stderr.write(`castellan: ${line}\n`)
  return { exitCode: EXIT.mistakes }
}

function instead(key: string, isWritten: boolean): string {
  const name = readable(key)
  const found = lookUpSetting(key)
  if (found?.class === 'moved') return `${name} is an old name of ${found.names.join(' and ')}`
  if (found?.class === 'no-effect' && found.area) {
    const versions = found.last === undefined || found.last === CATALOGUE_VERSIONS.at(-1) ? '' : `, up to CAS ${found.last}`
    const today = found.names.length === 0 ? '' : `; its name today is ${found.names.join(' and ')}`
    return `${name} is known to CAS${versions}, no effect here – ${found.area.title}: ${found.area.reason}${today}`
  }
  if (found?.class === 'unused') {
    return `${name} is of Spring, no effect here${found.area ? ` – ${found.area.title}: ${found.area.reason}` : ''}`
  }
  if (found?.class === 'foreign' && isWritten) return `${name} is no setting of this server; placeholders may refer to it`
  return `there is no setting ${name}${found?.suggestion === undefined ? '' : ` – did you mean ${found.suggestion}?`}`
}

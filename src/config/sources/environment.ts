import type { Group, Node } from '../../base/schema.ts'
import { element, kebab, squash } from '../names.ts'
import type { Problem } from '../problem.ts'
import { formerNames } from '../schema-walk.ts'
import { type Entry, entry, type Source } from '../source.ts'
import { readSecret } from './secret-file.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Settings from environment variables (configuration.md 3.3). The schema leads: a variable counts when it spells a known name with everything but
 * letters and digits dropped, so that `CAS_X_NUMBEROFUSES` and `CAS_X_NUMBER_OF_USES` are one. Other variables are never an error: Kubernetes sets
 * `CAS_PORT=tcp://…` for a service that happens to be called "cas".
 */
export function environmentSource(
  schema: Group,
  env: Environment,
): { readonly source: Source; readonly problems: readonly Problem[]; readonly files: readonly string[] } {
  const problems: Problem[] = []
  const files: string[] = []
  const roots = Object.keys(schema.shape).map(squash)
  const former = new Map<string, string>()
  for (const { oldName } of formerNames(schema)) if (!oldName.includes('*')) former.set(squash(oldName), oldName)
  const found = new Map<string, { entry: Entry; form: number; variable: string }>()
  const take = (key: string, value: string, variable: string, form: number, file?: string) => {
    const label = `environment variable ${variable}${file === undefined ? '' : `, file ${file}`}`
    const plain = entry(key, value, { source: 'systemEnvironment', label })
    if (!plain) return
    const one = file === undefined ? plain : { ...plain, hidden: true }
    const other = found.get(key)
    if (other && other.entry.value !== value) {
      const [winner, loser] = form < other.form ? [variable, other.variable] : [other.variable, variable]
      problems.push({
        severity: 'warn',
        kind: 'duplicate',
        fatal: false,
        key,
        origin: one.origin,
        message: `${key} is set by the environment variables ${winner} and ${loser}; ${winner} counts`,
      })
    }
    if (!other || form < other.form) found.set(key, { entry: one, form, variable })
  }
  for (const [variable, value] of Object.entries(env)) {
    if (value === undefined || value.startsWith('tcp://')) continue
    const plain = squash(variable)
    if (!roots.some((root) => plain.startsWith(root))) continue
    const old = former.get(plain)
    const key = old ?? resolveVariable(schema, variable)
    if (key !== undefined) {
      take(key, value, variable, formOf(variable, key))
      continue
    }
    const ofFile = variable.endsWith('_FILE') ? resolveVariable(schema, variable.slice(0, -'_FILE'.length)) : undefined
    if (ofFile === undefined) continue
    files.push(value)
    const content = readSecret(value)
    if (typeof content === 'string') take(ofFile, content, variable, 9, value)
    else
      problems.push({
        ...content.problem,
        key: ofFile,
        message: `${ofFile} (environment variable ${variable}): ${content.problem.message}`,
      })
  }
  const short = env['CASTELLAN_CONFIG_DIR']
  if (short !== undefined && short !== '') take('cas.standalone.configuration-directory', short, 'CASTELLAN_CONFIG_DIR', 0)
  const entries = [...found.values()].map((one) => one.entry)
  return { source: { name: 'systemEnvironment', kind: 'environment', entries }, problems, files }
}

/** 1: dashes removed, Spring's documented form; 2: dashes as underscores; 3: anything else that has the same letters. */
function formOf(variable: string, key: string): number {
  const parts = key.replace(/\[(\d+)\]/g, '.$1')
  if (variable === parts.replace(/-/g, '').replace(/\./g, '_').toUpperCase()) return 1
  if (variable === parts.replace(/[-.]/g, '_').toUpperCase()) return 2
  return 3
}

/** The canonical key that a variable spells, if it spells one. */
export function resolveVariable(schema: Group, variable: string): string | undefined {
  return match(schema, variable, '')
}

function match(node: Node, rest: string, path: string): string | undefined {
  switch (node.kind) {
    case 'property':
      return matchProperty(node.type === 'texts', rest, path)
    case 'group':
      for (const [name, child] of Object.entries(node.shape as Readonly<Record<string, Node>>)) {
        const after = consume(rest, squash(name))
        const found = after === undefined ? undefined : match(child, after, path === '' ? kebab(name) : `${path}.${kebab(name)}`)
        if (found !== undefined) return found
      }
      return undefined
    case 'list': {
      const index = /^[^A-Za-z0-9]*(\d+)(?![0-9])/.exec(rest)
      if (index) return match(node.element, rest.slice(index[0].length), `${path}[${Number(index[1])}]`)
      // One object where CAS now has a list.
      return match(node.element, rest, `${path}[0]`)
    }
    case 'map':
      return matchMap(node.value, rest, path)
  }
}

function matchProperty(isList: boolean, rest: string, path: string): string | undefined {
  if (squash(rest) === '') return path
  const index = /^[^A-Za-z0-9]*(\d+)_?$/.exec(rest)
  return index && (isList || Number(index[1]) === 0) ? `${path}[${Number(index[1])}]` : undefined
}

/** Map keys arrive in lower case; nothing else can be said by a variable. */
function matchMap(value: Node, rest: string, path: string): string | undefined {
  const words = rest.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  if (words.length === 0) return undefined
  if (value.kind === 'property') {
    const last = words.at(-1) ?? ''
    const indexed = value.type === 'texts' && words.length > 1 && element(last).index !== undefined
    const key = (indexed ? words.slice(0, -1) : words).join('.').toLowerCase()
    return indexed ? `${path}.${key}[${Number(last)}]` : `${path}.${key}`
  }
  for (let taken = 1; taken < words.length; taken += 1) {
    const key = words.slice(0, taken).join('').toLowerCase()
    const found = match(value, words.slice(taken).join('_'), `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** What is left of `rest` after the letters and digits of `name`, or `undefined` when it does not begin with them. */
function consume(rest: string, name: string): string | undefined {
  let at = 0
  for (const wanted of name) {
    while (at < rest.length && !/[A-Za-z0-9]/.test(rest[at] ?? '')) at += 1
    if (rest[at]?.toLowerCase() !== wanted) return undefined
    at += 1
  }
  return rest.slice(at)
}

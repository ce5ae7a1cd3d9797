import { DEFINITION_CLASSES, type Field, type Fields, KNOWN_PROPERTIES, ROLES, type Role } from '../src/services/reference.ts'

/** The page of all classes and members of a definition, out of the tables that loading goes by. */
export function definitionsPage(): string {
  const lines = [
    '# Definitions',
    '',
    'Written by `npm run docs` from `src/services/definitions/fields/`; do not edit. What may stand in a file of the service registry: the classes, their members, what holds where one is',
    'absent. Java\'s classes of collections (`["java.util.HashSet", […]]`) may stand or not, numbers and flags may be texts, words have any case. Members that are not here are kept, written',
    'back and named in a warning; an unknown class refuses the definition. [A JSON Schema](service.schema.json) says the same to editors; the package has it as',
    '`castellan/service.schema.json`. In the column *CAS*: `7.1+` is there since 7.1, `-6.1` until 6.1; no mark: as far as is known, all from 6.0 to 7.3.',
    '',
    '## Kinds of applications',
    '',
    '| `@class` | kind | protocol | CAS | members |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(DEFINITION_CLASSES).map(([name, { className, friendlyName, protocol, fields, since, until }]) =>
      row([
        `\`${name}\``,
        friendlyName,
        protocol,
        releases({ since, until }),
        fields === undefined
          ? 'The protocol is not built here: loaded, listed, kept and written back; takes no request.'
          : name === className
            ? `[below](#${anchor(simple(name))})`
            : `as \`${simple(className)}\`, which it is written back as`,
      ]),
    ),
    '',
    'The prefix `org.jasig.cas.` of CAS 4 is read as `org.apereo.cas.`; a blank `@class` as `CasRegisteredService`. `RegisteredServiceImpl` with its Ant patterns is refused: `castellan services',
    'convert` makes a regular expression of them.',
    '',
  ]
  const shown = new Set<string>()
  for (const [name, { className, fields }] of Object.entries(DEFINITION_CLASSES)) {
    if (!fields || name !== className) continue
    const news = Object.entries(fields).filter(([field]) => !shown.has(field))
    for (const [field] of news) shown.add(field)
    lines.push(
      `## ${simple(name)}`,
      '',
      ...(news.length < Object.keys(fields).length ? ['All members of `CasRegisteredService`, and:', ''] : []),
      ...fieldRows(Object.fromEntries(news)),
      '',
    )
  }
  lines.push('## Well-known properties', '', PROPERTIES, '', '| name | default | effect |', '| --- | --- | --- |')
  for (const [name, { fallback, about, ours, noEffect }] of Object.entries(KNOWN_PROPERTIES)) {
    lines.push(
      row([
        `\`${name}\``,
        fallback === undefined ? '' : `\`${fallback}\``,
        `${about}${ours ? ' Only here, not in CAS.' : ''}${without(noEffect)}`,
      ]),
    )
  }
  lines.push('')
  for (const [name, role] of Object.entries(ROLES)) lines.push(...ofRole(name, role))
  return lines.join('\n')
}

const PROPERTIES =
  'Entries of `properties`, each with its `values`. Names compare without case; the first value that is not blank counts; `true`, `yes`, `on`, `y`, `t` and `1` are yes.'

function ofRole(name: string, { about, classes, natural, usual }: Role): readonly string[] {
  const lines = [`## ${title(name)}`, '', about]
  if (usual !== undefined) lines.push(`Where the member is absent, \`${usual}\` with all its defaults holds.`)
  if (natural !== undefined) lines.push(`The \`@class\` may be left out: it is \`${natural}\`.`)
  lines.push('')
  const common = shared(Object.values(classes).map(({ fields }) => fields))
  const several = Object.keys(classes).length > 1 && Object.keys(common).length > 1
  if (several) lines.push('All of its classes have:', '', ...fieldRows(common), '')
  for (const [simpleName, { className, about: what, fields, open, since, unbuilt }] of Object.entries(classes)) {
    const releasesText = since === undefined ? '' : ` CAS ${since} and later.`
    lines.push(
      `### ${simpleName}`,
      '',
      `\`${className}\`. ${what}${releasesText}${unbuilt === undefined ? '' : ` **Not built:** ${unbuilt}`}`,
      '',
    )
    const own = several ? Object.fromEntries(Object.entries(fields).filter(([field]) => !(field in common))) : fields
    if (Object.keys(own).length > 0) lines.push(...fieldRows(own), '')
    if (open) lines.push('Its other members are kept unread.', '')
  }
  return lines
}

/** What all of them say alike. */
function shared([first = {}, ...others]: readonly Fields[]): Fields {
  return Object.fromEntries(Object.entries(first).filter(([name, field]) => others.every((each) => each[name] === field)))
}

function fieldRows(fields: Fields): readonly string[] {
  return [
    '| member | type | default | CAS | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(fields).map(([name, field]) =>
      row([`\`${name}\``, typeOf(field), fallbackOf(field), releases(field), `${field.about}${without(field.noEffect)}`]),
    ),
  ]
}

const without = (noEffect: string | undefined) => (noEffect === undefined ? '' : ` *Read and kept without effect:* ${noEffect}`)

function typeOf({ type, role, choices, collection }: Field): string {
  const link = role === undefined ? '' : `[${title(role).toLowerCase()}](#${anchor(title(role))})`
  switch (type) {
    case 'choice':
      return (choices ?? []).map((word) => `\`${word}\``).join(', ')
    case 'object':
      return link
    case 'objects':
      return `list of ${link}`
    case 'object map':
      return `map of ${link}`
    case 'texts':
      return collection === undefined ? 'list of texts' : 'set of texts'
    case 'map':
      return 'map of texts'
    default:
      return type
  }
}

function fallbackOf({ type, fallback, role }: Field): string {
  const usual = type === 'object' && role !== undefined ? ROLES[role]?.usual : undefined
  if (usual !== undefined) return `\`${usual}\``
  if (fallback === undefined) return ''
  return typeof fallback === 'object' ? 'empty' : `\`${fallback}\``
}

const releases = ({ since, until }: { readonly since?: string | undefined; readonly until?: string | undefined }) =>
  since !== undefined ? `${since}+` : until !== undefined ? `-${until}` : ''

const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
const simple = (className: string) => className.slice(className.lastIndexOf('.') + 1)
const anchor = (text: string) => text.toLowerCase().replaceAll(' ', '-')

/** `ticketGrantingTicket` → `Ticket granting ticket` */
function title(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

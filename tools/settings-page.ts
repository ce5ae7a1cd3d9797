import { type NamedProperty, properties, schema } from '../src/config/index.ts'

/** The page of all settings, out of the schema. */
export function settingsPage(): string {
  const all = [...properties(schema)].sort((one, other) => (one.name < other.name ? -1 : 1))
  const sections = Map.groupBy(all, ({ name }) => sectionOf(name))
  const lines = [
    '# Settings',
    '',
    'Written by `npm run docs` from the `config.ts` of each room; do not edit. Every relaxed spelling of a name works (`some-name`, `someName`, `SOME_NAME` as part of an',
    'environment variable). `[*]` stands for a place in a list, `NAME` for a key of your choice.',
    '',
  ]
  for (const [section, found] of sections) {
    lines.push(`## ${section}`, '', '| setting | type | default | meaning |', '| --- | --- | --- | --- |', ...found.map(row), '')
  }
  return lines.join('\n')
}

/** The first two parts of a name, or one for the groups that are not ours. */
function sectionOf(name: string): string {
  const [first = '', second = ''] = name.replaceAll('[*]', '').split('.')
  return first === 'cas' || first === 'castellan' ? `${first}.${second}` : first
}

function row({ name, property }: NamedProperty): string {
  const { type, choices, about, facts } = property
  const fallback = property.fallbackText ?? (property.fallback === undefined ? '' : String(property.fallback))
  const notes = [
    facts.secret ? 'Secret.' : '',
    facts.restart ? 'A change needs a restart.' : '',
    facts.formerly?.length ? `Formerly ${facts.formerly.map((old) => `\`${old}\``).join(', ')}.` : '',
  ].filter((note) => note !== '')
  const cells = [
    `\`${name.replace(/\.\*/g, '.NAME')}\``,
    choices ? choices.map((choice) => `\`${choice}\``).join(', ') : type,
    fallback === '' ? '' : code(fallback),
    [about, ...notes].join(' '),
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

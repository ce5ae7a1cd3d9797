import { type LevelName, levelNamed } from './log-levels.ts'

/** Groups that Spring Boot knows without a setting, as far as there is something here that they mean. */
const KNOWN_GROUPS: Readonly<Record<string, readonly string[]>> = { web: ['http'] }

/** `logging.level.*` and `logging.group.*`. */
export interface LevelSettings {
  readonly level: Readonly<Record<string, string>>
  readonly group: Readonly<Record<string, readonly string[]>>
}

/** Levels by logger name: the members of a group stand in its place; a level of a member's own counts before that of the group. */
export function configuredLevels({ level, group }: LevelSettings): Readonly<Record<string, LevelName>> {
  const groups = { ...KNOWN_GROUPS, ...group }
  const ofGroups: Record<string, LevelName> = {}
  const own: Record<string, LevelName> = {}
  for (const [name, word] of Object.entries(level)) {
    const known = levelNamed(word) ?? 'INFO'
    if (!Object.hasOwn(groups, name)) own[name] = known
    else for (const member of groups[name] ?? []) ofGroups[member.trim()] = known
  }
  return { ...ofGroups, ...own }
}

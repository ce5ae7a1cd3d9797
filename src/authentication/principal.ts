import type { Log } from '../base/log.ts'
import { type Attributes, mergeAttributes, type Principal } from '../services/index.ts'
import type { AttributeSource } from './attribute-source.ts'
import type { AuthenticationConfig } from './config.ts'
import type { FailureName } from './failures.ts'
import { transformation } from './transformation.ts'

export type Resolution =
  | { readonly kind: 'resolved'; readonly principal: Principal }
  | { readonly kind: 'unresolved'; readonly failure: FailureName }

/** Makes the final principal of what a handler says: id and attributes of all sources (authentication.md 9). */
export interface PrincipalResolver {
  resolve(handlerName: string, found: Principal): Promise<Resolution>
  /** What sources know of a user, without a login. @param ids Of the sources; `*` and none: those of logins. */
  attributesFrom(ids: readonly string[], username: string): Promise<Attributes>
  /** One principal of several handlers' ones, in the order in which they said yes. */
  elect(principals: readonly Principal[]): Principal
}

export function principalResolver(settings: AuthenticationConfig, sources: readonly AttributeSource[], log: Log): PrincipalResolver {
  const { personDirectory, authn } = settings.cas
  const { core } = authn.attributeRepository
  const transform = transformation(personDirectory.principalTransformation, 'cas.person-directory.principal-transformation')

  function sourcesFor(handlerName: string): readonly AttributeSource[] {
    if (personDirectory.attributeResolutionEnabled === 'FALSE' || core.merger === 'NONE') return []
    const active = personDirectory.activeAttributeRepositoryIds
    const selected = personDirectory.attributeRepositorySelection[handlerName]
    return sources.filter(
      ({ id, state }) => state === 'ACTIVE' && (active.includes('*') || active.includes(id)) && (!selected || selected.includes(id)),
    )
  }

  async function ask(asked: readonly AttributeSource[], username: string): Promise<readonly Attributes[]> {
    const answers: Attributes[] = []
    let query = username
    for (const source of asked) {
      let answer: Attributes | undefined
      try {
        answer = await source.attributesOf(query)
      } catch (cause) {
        if (!core.recoverExceptions) throw cause
        log.error({ source: source.id, cause: String(cause) }, 'an attribute source failed: passed over')
      }
      if (answer) answers.push(answer)
      else if (core.requireAllRepositorySources) return []
      else if (core.aggregation === 'CASCADE' && answers.length === 0) return []
      const next = answer?.['username']?.[0]
      if (core.aggregation === 'CASCADE' && next !== undefined) query = String(next)
    }
    return answers
  }

  return {
    async resolve(handlerName, found) {
      const id = transform(found.id)
      if (typeof id !== 'string') return { kind: 'unresolved', failure: 'PrincipalException' }
      let answers: readonly Attributes[]
      try {
        answers = await ask(sourcesFor(handlerName), id)
      } catch (cause) {
        log.error({ handler: handlerName, cause: String(cause) }, 'an attribute source failed: login refused (recover-exceptions=false)')
        return { kind: 'unresolved', failure: 'PreventedException' }
      }
      const attributes = mergeAttributes([found.attributes, ...answers], core.merger)
      if (Object.keys(attributes).length === 0 && personDirectory.returnNull === 'TRUE') {
        if (personDirectory.principalResolutionFailureFatal === 'TRUE')
          return { kind: 'unresolved', failure: 'UnresolvedPrincipalException' }
        return { kind: 'resolved', principal: found }
      }
      const named = personDirectory.principalAttribute.map((name) => attributes[name]?.[0]).find((value) => value !== undefined)
      return { kind: 'resolved', principal: { id: named === undefined ? id : String(named), attributes } }
    },
    async attributesFrom(ids, username) {
      const asked = ids.length === 0 || ids.includes('*') ? sourcesFor('') : sources.filter(({ id }) => ids.includes(id))
      return mergeAttributes(await ask(asked, username), core.merger === 'NONE' ? 'REPLACE' : core.merger)
    },
    elect(principals) {
      const first = personDirectory.principalResolutionConflictStrategy.trim().toLowerCase() === 'first'
      const id = (first ? principals.at(0) : principals.at(-1))?.id ?? ''
      // With NONE no repository counts, but what two handlers know of one user still does.
      const merger = core.merger === 'NONE' ? 'REPLACE' : core.merger
      return {
        id,
        attributes: mergeAttributes(
          principals.map(({ attributes }) => attributes),
          merger,
        ),
      }
    },
  }
}

import { breath } from '../../base/breath.ts'
import { compileJavaRegex } from '../../base/java-regex.ts'
import { asciiLowerCase, type LoadedService, type Matching, matches } from '../definitions/loaded-service.ts'
import { classOf, objectOf } from '../definitions/members.ts'
import type { RegisteredService } from '../registered-service.ts'
import { comparison, type DefinitionSet } from '../registry/definition-set.ts'

/** What a definition has to do with an address (services.md 14). */
export type Verdict =
  /** It takes the address. */
  | 'taken'
  /** It would, if another did not come before. */
  | 'comes-later'
  /** It would in another environment. */
  | 'inactive'
  /** It would, but another definition has its id. */
  | 'left-out'
  /** An OAuth client that may have answers sent there; it is asked for by its id, not by an address. */
  | 'redirect-uri'
  /** It does not, though nearly. */
  | 'near-miss'
  /** Its pattern cannot be used. */
  | 'unusable'

export interface Candidate {
  readonly service: RegisteredService
  readonly verdict: Verdict
  /** One sentence for the operator. */
  readonly why: string
}

export interface ExplanationParts {
  readonly set: DefinitionSet
  readonly isActive: (service: LoadedService) => boolean
}

/** More of one kind says nothing new. */
const MAX_NEAR = 20

/**
 * Asks every definition about an address, as a lookup without an index would, and says of each that has something to do with it why it is taken or not.
 * Costs as much as all patterns together; lets others have their turn.
 *
 * @returns the definition that takes it first, then the others in the order of evaluation; near misses last.
 */
export async function explainMatch(url: string, { set, isActive }: ExplanationParts): Promise<readonly Candidate[]> {
  const pause = breath()
  const found: Candidate[] = []
  const near: Candidate[] = []
  let taken: LoadedService | undefined
  for (const service of set.services) {
    if (pause.due()) await pause.take()
    if (service.protocol !== 'cas') {
      if (isActive(service) && matches(service.redirects, url)) {
        near.push({ service, verdict: 'redirect-uri', why: `answers to the client ${clientIdOf(service)} may be sent to this address` })
      }
      continue
    }
    if (matches(service.matching, url)) {
      if (!isActive(service)) {
        const names = service.environments.join(', ')
        found.push({ service, verdict: 'inactive', why: `it is for the environments ${names}, none of which is active here` })
      } else if (taken) found.push({ service, verdict: 'comes-later', why: laterBecause(taken, service) })
      else {
        taken = service
        found.push({ service, verdict: 'taken', why: takenBecause(service) })
      }
    } else if (service.matching.kind === 'never') {
      near.push({ service, verdict: 'unusable', why: 'its pattern cannot be used and takes nothing' })
    } else if (near.length < MAX_NEAR) {
      const why = missedBecause(service, url)
      if (why !== undefined) near.push({ service, verdict: 'near-miss', why })
    }
  }
  for (const { kind, kept, other } of set.duplicates) {
    if (kind === 'id' && other.protocol === 'cas' && matches(other.matching, url)) {
      found.push({ service: other, verdict: 'left-out', why: `${kept.file} has the same id ${kept.id} and stands before it` })
    }
  }
  const isFirst = (one: Candidate) => one.verdict === 'taken'
  return [...found.filter(isFirst), ...found.filter((one) => !isFirst(one)), ...near.slice(0, MAX_NEAR)]
}

function takenBecause(service: LoadedService): string {
  return `${howItCompares(service.matching, service)}; no other that takes it comes before (evaluationOrder ${service.evaluationOrder})`
}

function howItCompares(matching: Matching, service: LoadedService): string {
  switch (matching.kind) {
    case 'literal':
      return `its serviceId is this address${matching.ignoreCase ? ', case ignored' : ''}`
    case 'prefix':
      return `the address begins with ${matching.text}`
    default:
      return isPartial(service) ? 'its pattern is found in the address' : 'its pattern takes the whole address'
  }
}

/** By which member of the order one definition stands after another (services.md 8.3). */
function laterBecause(taken: LoadedService, service: LoadedService): string {
  const by = comparison(taken, service)
  const reasons = {
    protocol: 'its protocol is asked later',
    evaluationOrder: `its evaluationOrder ${service.evaluationOrder} comes after ${taken.evaluationOrder}`,
    name: `it has the same evaluationOrder ${service.evaluationOrder}, and its name comes after "${taken.name}"`,
    serviceId: 'it has the same evaluationOrder and name, and its serviceId comes later',
    id: 'it has the same evaluationOrder, name and serviceId, and a higher id',
    file: 'everything is the same, and its file comes later',
  }
  return `${reasons[by]}; ${taken.file} takes it`
}

function missedBecause(service: LoadedService, url: string): string | undefined {
  const { matching } = service
  switch (matching.kind) {
    case 'literal':
      if (asciiLowerCase(matching.text) === asciiLowerCase(url)) return 'the case of letters differs, and its strategy compares them'
      return `${matching.text}/` === url || matching.text === `${url}/` ? 'a slash at the end is the difference' : undefined
    case 'regex': {
      if (isPartial(service)) return undefined
      const part = compileJavaRegex(service.serviceId, { match: 'find', ignoreCase: true })
      const matched = part.kind === 'ok' ? part.exec(url)?.[0] : undefined
      if (matched === undefined || matched.length < leastUseful(url)) return undefined
      const rest = url.slice(url.indexOf(matched) + matched.length)
      return rest === ''
        ? 'its pattern takes the end of the address only; the whole address must match'
        : `its pattern takes the address up to ${JSON.stringify(rest.slice(0, 80))} only; the whole address must match`
    }
    default:
      return undefined
  }
}

/** Scheme and host at least, else every pattern with `https` in it would be near. */
function leastUseful(url: string): number {
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0]
  return origin?.length ?? url.length
}

const clientIdOf = ({ definition }: LoadedService) => JSON.stringify(definition['clientId'] ?? '')

const isPartial = (service: LoadedService) =>
  classOf(objectOf(service.definition, 'matchingStrategy') ?? {}) === 'PartialRegexRegisteredServiceMatchingStrategy'

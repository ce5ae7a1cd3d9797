import type { Client } from '../../../base/client.ts'
import { type Candidate, type MatchExplanation, type Principal, type RegisteredService, serviceReference } from '../../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../../command.ts'
import { consequenceLines, consequencesOf } from './consequences.ts'
import { printable, problemLine, withServices } from './open.ts'
import { tokenLines, tokenPoliciesOf } from './token-policies.ts'

/** More of them say nothing about the address. */
const MOST_CLIENTS = 5

export interface MatchOptions {
  readonly user?: string
  readonly attribute?: readonly string[]
  readonly address?: string
  readonly userAgent?: string
  readonly json?: boolean
}

/**
 * `castellan services match URL`: the oldest wish of those who run CAS. Says which definition takes an address and why, which others would have and why
 * they do not, and what follows: access, name and attributes of a user, expiry, tickets, tokens, interrupt. Scripts and other servers are really asked.
 */
export async function servicesMatch(shell: Shell, url: string, options: MatchOptions): Promise<CommandResult> {
  const fail = (message: string): CommandResult => {
    shell.process.stderr.write(`castellan services match: ${message}\n`)
    return { exitCode: EXIT.usage }
  }
  const reference = serviceReference(url)
  if (!reference) return fail('the address is blank')
  if (reference === 'unusable')
    return fail('no browser may be sent to this address: control characters, too long, or a scheme like javascript:')
  const attributes: Record<string, string[]> = {}
  for (const pair of options.attribute ?? []) {
    const at = pair.indexOf('=')
    if (at < 1) return fail(`--attribute must be name=value, not ${printable(pair)}`)
    const name = pair.slice(0, at)
    attributes[name] = [...(attributes[name] ?? []), pair.slice(at + 1)]
  }
  if (options.user === undefined && options.attribute?.length) return fail('--attribute needs a --user')
  const principal: Principal | undefined = options.user === undefined ? undefined : { id: options.user, attributes }
  const tell = (line: string) => void shell.process.stderr.write(`${printable(line)}\n`)
  return withServices(shell, { tell }, async ({ configuration, services, problems }) => {
    const explanation = await services.explain(reference, clientOf(options))
    const { finding } = explanation
    const service = finding.kind === 'found' ? finding.service : undefined
    const follows = service && (await consequencesOf({ service, reference, principal, services, configuration, tell }))
    const clients = explanation.candidates
      .filter(({ verdict }) => verdict === 'redirect-uri')
      .slice(0, MOST_CLIENTS)
      .map((candidate) => tokenPoliciesOf(candidate.service, configuration.settings))
    const broken = problems.filter(({ severity }) => severity === 'error')
    if (options.json) {
      const shown = { url, ...verdictOf(explanation), candidates: explanation.candidates.map(candidateFacts), follows, clients, broken }
      shell.process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`)
    } else {
      const lines = [
        ...inWords(url, explanation),
        ...(follows ? consequenceLines(follows) : []),
        ...clients.flatMap(tokenLines).map(printable),
      ]
      if (broken.length > 0)
        lines.push('', 'Files that cannot be used, or not as they stand:', ...broken.map((problem) => `  ${problemLine(problem)}`))
      shell.process.stdout.write(`${lines.join('\n')}\n`)
    }
    const good = service !== undefined && follows?.access?.allowed !== false
    return { exitCode: good ? EXIT.good : EXIT.mistakes }
  })
}

/** Rules about the browser are asked only about what is known of it. */
function clientOf({ address, userAgent }: MatchOptions): Client | undefined {
  if (address === undefined && userAgent === undefined) return undefined
  return { address: address ?? '', userAgent: userAgent ?? '', serverAddress: '', secure: true }
}

const REFUSALS: Readonly<Record<string, string>> = {
  unregistered: 'no definition takes it',
  'empty-registry': 'there are no definitions at all',
  disabled: 'its definition is disabled, or a script of it says no',
  expired: 'its definition has expired',
  'outside-time-window': 'it is outside the time in which its definition is open',
  'client-not-allowed': 'its definition has rules about the browser, which are not met (see --address and --user-agent)',
  unusable: 'its definition cannot be used; the file is among those below',
}

function verdictOf({ finding }: MatchExplanation) {
  if (finding.kind === 'found') return { outcome: 'taken' }
  return {
    outcome: 'refused',
    reason: finding.reason,
    why: REFUSALS[finding.reason],
    unauthorizedRedirectUrl: finding.unauthorizedRedirectUrl,
  }
}

function inWords(url: string, explanation: MatchExplanation): readonly string[] {
  const { finding, candidates } = explanation
  const head = finding.kind === 'found' ? `${url} is taken by ${nameOf(finding.service)}` : `${url} is refused: ${REFUSALS[finding.reason]}`
  return [
    printable(head),
    ...candidates.map(({ service, verdict, why }) => printable(`  ${WORDS[verdict]} ${nameOf(service)} in ${service.file}: ${why}`)),
  ]
}

const WORDS: Readonly<Record<Candidate['verdict'], string>> = {
  taken: 'taken by   ',
  'comes-later': 'comes later',
  inactive: 'inactive   ',
  'left-out': 'left out   ',
  'redirect-uri': 'OAuth      ',
  'near-miss': 'not        ',
  unusable: 'not        ',
}

const nameOf = ({ name, id, serviceId }: RegisteredService) => `"${name}" (${id}), ${serviceId}`

const candidateFacts = ({ service: { id, name, serviceId, file, evaluationOrder }, verdict, why }: Candidate) => ({
  ...{ id, name, serviceId, file, evaluationOrder, verdict, why },
})

import type { Candidate, ServiceReference, Services } from '../../services/index.ts'
import { html, type Markup } from '../../views/index.ts'
import type { Desk } from './frame.ts'
import { mark } from './icons.ts'

const WORDS: Readonly<Record<Candidate['verdict'], readonly ['ok' | 'bad' | 'late' | 'soft', string]>> = {
  taken: ['ok', 'takes it'],
  'comes-later': ['soft', 'comes later'],
  inactive: ['soft', 'not active'],
  'left-out': ['soft', 'left out'],
  'redirect-uri': ['soft', 'redirect URI'],
  'near-miss': ['soft', 'nearly'],
  unusable: ['bad', 'unusable'],
}

/** Which definition takes an address, which others would have, and why. */
export async function matchTable({ base, call }: Desk, services: Pick<Services, 'explain'>, reference: ServiceReference): Promise<Markup> {
  const { finding, candidates } = await services.explain(reference, call.get('client'))
  const taken = finding.service
  const verdict =
    taken === undefined
      ? html`<p><strong>No definition</strong> takes this address: whoever comes from there is refused.</p>`
      : finding.kind === 'found'
        ? html`<p><strong><bdi>${taken.name}</bdi></strong> takes this address.</p>`
        : html`<p><strong><bdi>${taken.name}</bdi></strong> takes this address and refuses it: ${finding.reason.replaceAll('_', ' ').replaceAll('-', ' ')}.</p>`
  return html`<section class="stack" aria-labelledby="which"><h2 id="which">Which definition takes the address, and why</h2>
<div class="verdict"><p class="url">${reference.id}</p>${verdict}</div>
${
  candidates.length > 0 &&
  html`<div class="scroll" role="region" aria-label="Table: definitions that have to do with it" tabindex="0"><table class="step">
<thead><tr><th scope="col" class="num">Order</th><th scope="col">Definition</th><th scope="col">Pattern</th><th scope="col">Result</th></tr></thead>
<tbody>${candidates.map(({ service, verdict: result, why }) => {
    const [kind, word] = WORDS[result]
    return html`<tr${result === 'taken' && html` class="won"`}><td class="num">${service.evaluationOrder}</td><td><a href="${base}/services/${service.id}"><bdi>${service.name}</bdi></a></td><td><code>${service.serviceId}</code></td><td>${mark(kind, word)}<p>${why}</p></td></tr>\n`
  })}</tbody></table></div>`
}</section>
`
}

import type { Sso } from '../../sso/index.ts'
import { authenticationFromBody, isLongTerm } from '../../sso/index.ts'
import type { Ticket, TicketRegistry } from '../../tickets/index.ts'
import { html, type Markup } from '../../views/index.ts'
import type { Done } from './edit.ts'
import type { Desk, Screen } from './frame.ts'
import { banner, icons, moment } from './icons.ts'

export interface SessionsPageParts {
  readonly registry: Pick<TicketRegistry, 'sessions' | 'sessionsOf' | 'counts'>
  readonly sso: Pick<Sso, 'endNamed'>
}

const PER_PAGE = 25
const LONGEST_NAME = 500
const HANDLE = /^[A-Z]{1,16}-[0-9a-f]{16}(?:-[A-Za-z0-9-]{1,64})?$/
/** Cursors are of the store's own making; anything else would be refused by it. */
const CURSOR = /^[\w=+/.-]{1,500}$/

/** Who is signed in, by name or one after the other; a button each that ends the session. */
export async function sessionsPage(desk: Desk, { registry }: SessionsPageParts, said?: Markup, status?: number): Promise<Screen> {
  const { base, call, may } = desk
  const { query } = call.get('parameters')
  const name = (query.get('q') ?? '').trim().slice(0, LONGEST_NAME)
  const cursor = CURSOR.exec(query.get('from') ?? '')?.[0]
  const found =
    name === ''
      ? await registry.sessions({ limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) })
      : { sessions: (await registry.sessionsOf(name)).slice(0, PER_PAGE * 4), next: undefined }
  const { TGT: total = 0 } = await registry.counts()
  const ends = may({ endpoint: 'ssoSessions', writes: true })
  return {
    title: 'Sessions',
    ...(status === undefined ? {} : { status }),
    body: html`<div class="head"><div><h1>Sessions</h1><p>${total.toLocaleString('en')} now. Ending one logs the person out of its applications too.</p></div></div>
${said}<form class="find" method="get" action="${base}/sessions" role="search"><div class="field"><label for="q">Username</label>
<input id="q" name="q" type="search" value="${name}" maxlength="${LONGEST_NAME}"></div><button type="submit">${icons.search} Search</button></form>
${ends && html`<form id="end" method="post" action="${base}/sessions/end"><input type="hidden" name="csrf" value="${desk.visit.csrf}"></form>\n`}${
  found.sessions.length === 0 ? html`<p class="soft">There is none.</p>` : table(found.sessions, ends)
}
<nav class="row" aria-label="Pages">${found.next !== undefined && html`<a href="?${new URLSearchParams({ from: found.next }).toString()}">Next ${PER_PAGE}</a>`}</nav>`,
  }
}

/** @returns the list again, or a sentence about what did not work. */
export async function endSession(desk: Desk, parts: SessionsPageParts): Promise<Done> {
  const { call, base } = desk
  const handle = call.get('parameters').form.get('session') ?? ''
  // Ids that somebody may be able to use are not taken here.
  const ended = HANDLE.test(handle) ? await parts.sso.endNamed(handle, call.get('client')) : undefined
  return ended ? { goTo: `${base}/sessions` } : sessionsPage(desk, parts, banner('warning', 'This session has ended already.'), 404)
}

function table(sessions: readonly Ticket[], ends: boolean): Markup {
  return html`<div class="scroll" role="region" aria-label="Table: sessions" tabindex="0"><table role="table" class="cards">
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Person</th><th scope="col" role="columnheader">Logged in</th><th scope="col" role="columnheader">Last used</th><th scope="col" role="columnheader">Ends</th><th scope="col" role="columnheader">With</th><th scope="col" role="columnheader"><span class="hush">Action</span></th></tr></thead>
<tbody role="rowgroup">
${sessions.map((ticket) => {
  const authentication = authenticationFromBody(ticket.body)
  const handlers = authentication?.attributes['successfulAuthenticationHandlers']
  const how = Array.isArray(handlers) ? handlers.join(', ') : String(handlers ?? '')
  return html`<tr role="row"><td role="cell"><bdi>${ticket.principalId ?? ''}</bdi></td><td role="cell" data-th="Logged in"><div>${moment(ticket.createdAtMs)}</div></td><td role="cell" data-th="Last used"><div>${moment(ticket.lastUsedAtMs)}</div></td><td role="cell" data-th="Ends"><div>${moment(ticket.expiresAtMs)}${authentication !== undefined && isLongTerm(authentication) && ', remembered'}</div></td><td role="cell" data-th="With"><div>${how}</div></td><td role="cell"><div>${ends && html`<button type="submit" form="end" name="session" value="${ticket.handle}">End</button>`}</div></td></tr>\n`
})}</tbody></table></div>`
}

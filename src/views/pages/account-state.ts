import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, requestFacts, shutGate, tellDesk, todo } from './parts.ts'

/** Disabled, locked, expired, must change, wrong hour, wrong place, blocked (login-flow.md 8). What to do follows from the heading's name. */
export const accountState: PageOf<'login/accountStateView'> = ({ heading, message, principalId }, desk) => {
  const state = /^screen\.(\w+)\.heading$/.exec(heading)?.[1] ?? ''
  const advice = `castellan.accountstate.${state}`
  const own = desk.knows(advice) ? [desk.say(advice, principalId)] : []
  return {
    title: desk.text(heading, principalId),
    body: card(
      html`${shutGate}<h2>${desk.say(heading, html`<bdi>${principalId}</bdi>`)}</h2>
<p>${desk.say(message, principalId)}</p>
`,
      html`${todo(desk, [...own, tellDesk('castellan.todo.ask', desk)])}<p class="actions"><a class="button" href="${desk.at('/login')}">${desk.say('screen.error.page.loginagain')}</a></p>
${requestFacts(desk)}`,
    ),
  }
}

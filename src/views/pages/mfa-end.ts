import { html, type Markup } from '../markup.ts'
import type { Desk, Page, PageOf } from '../page.ts'
import { card, requestFacts, shutGate, tellDesk, todo } from './parts.ts'

/** A login that ends because its second factor cannot be asked for. Not the fault of whoever reads it, and said so. */
function end(heading: string, message: string, advice: readonly Markup[], desk: Desk): Page {
  return {
    title: desk.text(heading),
    body: card(
      html`${shutGate}<h2>${desk.say(heading)}</h2>
<p>${desk.say(message)}</p>
`,
      html`${todo(desk, [...advice, tellDesk('castellan.todo.tell', desk)])}<p class="actions"><a class="button" href="${desk.at('/login')}">${desk.say('screen.error.page.loginagain')}</a></p>
${requestFacts(desk)}`,
    ),
  }
}

/** No code could be sent: nobody to send it to, nobody who takes it, or enough have been sent. */
export const mfaUnable: PageOf<'simple-mfa/casSimpleMfaUnableView'> = ({ reason }, desk) =>
  end(
    'castellan.mfa.simple.unable',
    `castellan.mfa.simple.unable.${reason}`,
    reason === 'no-contact' ? [] : [desk.say(`castellan.mfa.simple.unable.wait.${reason}`)],
    desk,
  )

export const mfaUnavailable: PageOf<'mfa/casMfaUnavailableView'> = (_props, desk) =>
  end('screen.mfaUnavailable.header', 'screen.mfaUnavailable.message', [], desk)

export const mfaDenied: PageOf<'mfa/casMfaDeniedView'> = (_props, desk) =>
  end('screen.mfaDenied.header', 'screen.mfaDenied.message', [], desk)

import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'
import { card, requestFacts, shutGate, tellDesk, todo } from './parts.ts'

interface Kind {
  readonly title: string
  readonly heading: string
  readonly message: string
  /** What to do, before "tell the service desk". */
  readonly advice: readonly string[]
  /** The button: to the login, or to this page again. */
  readonly again: 'login' | 'retry' | 'none'
}

const kind = (heading: string, message: string, advice: readonly string[], again: Kind['again'], title = ''): Kind => ({
  title,
  heading,
  message,
  advice,
  again,
})

const KINDS: Readonly<Record<number, Kind>> = {
  400: kind('screen.error.page.invalidrequest', 'castellan.error.400', ['castellan.error.400.todo'], 'none'),
  401: kind('screen.error.page.accessdenied', 'screen.error.page.permissiondenied', ['castellan.error.401.todo'], 'login'),
  403: kind('screen.error.page.authdenied', 'castellan.error.403', ['castellan.error.403.todo'], 'login'),
  404: kind('screen.error.page.notfound', 'castellan.error.404', ['castellan.error.404.todo'], 'login'),
  405: kind(
    'screen.error.page.requestunsupported',
    'screen.error.page.permissiondenied',
    ['castellan.error.400.todo'],
    'login',
    'screen.error.page.title.requestunsupported',
  ),
  413: kind('castellan.error.413.heading', 'castellan.error.413', ['castellan.error.413.todo'], 'none'),
  431: kind('castellan.error.431.heading', 'castellan.error.431', ['castellan.error.431.todo'], 'none'),
  500: kind('screen.unavailable.heading', 'castellan.error.500', ['castellan.error.500.todo'], 'retry'),
  503: kind('castellan.error.503.heading', 'castellan.error.503', ['castellan.error.500.todo'], 'retry'),
}

const REASONS: Readonly<Record<number, string>> = { 500: 'Internal Server Error', 502: 'Bad Gateway', 504: 'Gateway Timeout' }

/** 400, 401, 403, 404, 405, 413, 431, 500, 503 (login-flow.md 10.1). No stack traces; a number under which the log knows more. */
export const error: PageOf<'error/casErrorView'> = ({ status }, desk) => {
  const known = KINDS[status] ?? KINDS[status < 500 ? 400 : 500]
  if (!known) throw new RangeError(`no page for status ${status}`)
  const args = [String(status), REASONS[status] ?? '']
  const title = known.title === '' ? desk.text('castellan.error.title', String(status)) : desk.text(known.title)
  return {
    title,
    body: card(
      html`${shutGate}<h2>${desk.say(known.heading, ...args)}</h2>
<p${status >= 500 && html` id="errorMsg"`}>${desk.say(known.message)}</p>
`,
      html`${todo(desk, [...known.advice.map((key) => desk.say(key)), tellDesk('castellan.todo.tell', desk)])}${
        known.again === 'login'
          ? html`<p class="actions"><a class="button" href="${desk.at('/login')}">${desk.say('screen.error.page.loginagain')}</a></p>\n`
          : known.again === 'retry' &&
            html`<p class="actions"><a class="button primary" href="${desk.at('/login')}">${desk.say('castellan.error.retry')}</a></p>\n`
      }${requestFacts(desk)}`,
    ),
  }
}

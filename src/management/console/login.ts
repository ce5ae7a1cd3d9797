import { HttpRefusal } from '../../base/errors.ts'
import type { Call } from '../../http/index.ts'
import { html } from '../../views/index.ts'
import type { Operator } from '../endpoint.ts'
import type { Operators } from '../operators.ts'
import type { Screen } from './frame.ts'
import { banner } from './icons.ts'
import type { Visits } from './visits.ts'

export interface LoginParts {
  readonly operators: Pick<Operators, 'identify' | 'exist'>
  readonly visits: Pick<Visits, 'formToken' | 'isOwnForm'>
  readonly base: string
}

const LONGEST = 1000

/** The console has a login of its own: operators are no users of the server (configuration.md 14.2). */
export function loginPage(call: Call, { operators, visits, base }: LoginParts, mistake?: string, status = 200): Screen {
  const { form } = call.get('parameters')
  const name = (form.get('username') ?? '').slice(0, LONGEST)
  return {
    title: 'Log in',
    status,
    body: html`<div class="lead"><h1>Console</h1><p class="soft">For the people who run this server.</p></div>
<div class="work">${mistake !== undefined && banner('danger', mistake)}${
      !operators.exist() &&
      banner(
        'warning',
        html`<p>There is nobody who could log in: set <code>spring.security.user.name</code> and <code>.password</code>.</p>`,
      )
    }<form method="post" action="${base}/login"><input type="hidden" name="csrf" value="${visits.formToken(call)}">
<div class="field"><label for="username">Username</label><input id="username" name="username" type="text" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false" required${name === '' && html` autofocus`}></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required${name !== '' && html` autofocus aria-invalid="true"`}></div>
<button class="primary wide" type="submit">Log in</button></form></div>`,
  }
}

/** @returns who it is, or the form again. @throws {Unavailable} while too many passwords wait to be checked. */
export async function logIn(call: Call, parts: LoginParts): Promise<Operator | Screen> {
  const { form } = call.get('parameters')
  if (!parts.visits.isOwnForm(call)) return loginPage(call, parts, 'This page was too old. Try once more.', 403)
  const [username, password] = [form.get('username') ?? '', form.get('password') ?? '']
  const wrong = () => loginPage(call, parts, 'Username or password is not right.', 401)
  if (username === '' || username.includes(':') || username.length > LONGEST || password.length > LONGEST) return wrong()
  try {
    const found = await parts.operators.identify(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`, call.get('client'))
    return typeof found === 'string' ? wrong() : found
  } catch (error) {
    if (!(error instanceof HttpRefusal) || error.status !== 423) throw error
    const seconds = error.headers['Retry-After']
    return loginPage(call, parts, `Too many wrong passwords. Wait ${seconds ?? 'some'} seconds and try once more.`, 423)
  }
}

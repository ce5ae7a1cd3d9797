import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly setCookies: readonly string[]
  readonly body: string
}

/** A client that keeps its connections; small on purpose, it shares the machine with what it measures. */
export function client(connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const ask = (
    url: string,
    options: { readonly cookie?: string; readonly form?: string; readonly authorization?: string } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers: Record<string, string | number> = { 'user-agent': 'bench/1', accept: 'text/html' }
      if (options.cookie) headers['cookie'] = options.cookie
      if (options.authorization) headers['authorization'] = options.authorization
      if (options.form !== undefined) {
        headers['content-type'] = 'application/x-www-form-urlencoded'
        headers['content-length'] = Buffer.byteLength(options.form)
      }
      const call = request(url, { agent, method: options.form === undefined ? 'GET' : 'POST', headers }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location,
            setCookies: response.headers['set-cookie'] ?? [],
            body,
          }),
        )
        response.on('error', reject)
      })
      call.on('error', reject)
      call.end(options.form)
    })
  return { ask, close: () => agent.destroy() }
}

export type Client = ReturnType<typeof client>

/** Does something `count` times, `atATime` at once. */
export async function repeat(count: number, atATime: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await act(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, worker))
}

const pairs = (answer: Answer) => answer.setCookies.map((line) => line.split(';')[0] ?? '').filter((pair) => !pair.endsWith('='))

export interface Form {
  readonly execution: string
  readonly cookie: string
}

/** Opens the login form. @throws when there is none. */
export async function openForm(http: Client, server: string, service?: string): Promise<Form> {
  const page = await http.ask(`${server}/login${service === undefined ? '' : `?service=${encodeURIComponent(service)}`}`)
  const execution = /name="execution" value="([^"]+)"/.exec(page.body)?.[1]
  if (page.status !== 200 || execution === undefined) throw new Error(`no form: ${page.status} ${page.body.slice(0, 300)}`)
  return { execution, cookie: pairs(page).join('; ') }
}

/** Sends the form. @returns the answer, and the cookies that the browser then has. */
export async function sendForm(http: Client, server: string, form: Form, username: string, password: string) {
  const fields = new URLSearchParams({ username, password, execution: form.execution, _eventId: 'submit' }).toString()
  const answer = await http.ask(`${server}/login`, { cookie: form.cookie, form: fields })
  return { answer, cookie: [form.cookie, ...pairs(answer)].filter(Boolean).join('; ') }
}

/** Logs in. @returns the cookies of the session. */
export async function login(http: Client, server: string, username: string, password: string): Promise<string> {
  const { answer, cookie } = await sendForm(http, server, await openForm(http, server), username, password)
  if (answer.status !== 200 || !cookie.includes('TGC=')) throw new Error(`no session: ${answer.status} ${answer.body.slice(0, 300)}`)
  return cookie
}

/** One ticket with a session, validated: the two requests of an application that a person opens. */
export async function visit(http: Client, server: string, cookie: string, service: string): Promise<void> {
  const encoded = encodeURIComponent(service)
  const granted = await http.ask(`${server}/login?service=${encoded}`, { cookie })
  const ticket = /[?&]ticket=(ST-[^&]+)/.exec(granted.location ?? '')?.[1]
  if (ticket === undefined) throw new Error(`no ticket: ${granted.status} ${granted.location} ${granted.body.slice(0, 300)}`)
  const validated = await http.ask(`${server}/p3/serviceValidate?service=${encoded}&ticket=${ticket}`)
  if (!validated.body.includes('<cas:authenticationSuccess>')) throw new Error(`not valid: ${validated.body.slice(0, 300)}`)
}

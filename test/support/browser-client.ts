/** An answer, its body read. */
export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** Where a redirect leads, as sent. */
  readonly location: string | undefined
  /** Conversation token of the form on the page. */
  readonly execution: string | undefined
  /** Every `Set-Cookie` of the answer, as sent. */
  readonly setCookies: readonly string[]
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly host: string
}

export interface FormFields {
  readonly [name: string]: string | readonly string[] | undefined
}

/** Keeps cookies as a browser does (host, path, removal), follows no redirect by itself. Sends `Secure` cookies over http too: tests have no TLS. */
export class BrowserClient {
  readonly #headers: Readonly<Record<string, string>>
  #cookies: Cookie[] = []

  /** @param headers Sent with each request; a User-Agent is always sent, the ticket-granting cookie is pinned to it. */
  constructor(headers: Readonly<Record<string, string>> = {}) {
    this.#headers = {
      'user-agent': 'castellan-test/1',
      accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
      'accept-language': 'en',
      ...headers,
    }
  }

  get(url: string | URL, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.request('GET', url, { headers })
  }

  /** Posts a form. */
  post(url: string | URL, fields: FormFields, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue
      for (const one of typeof value === 'string' ? [value] : value) form.append(name, one)
    }
    return this.request('POST', url, { headers, body: form })
  }

  async request(
    method: string,
    url: string | URL,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Uint8Array | URLSearchParams } = {},
  ): Promise<Page> {
    const target = new URL(url)
    const cookie = this.#cookies.filter((one) => one.host === target.hostname && pathMatches(target.pathname, one.path))
    const response = await fetch(target, {
      method,
      redirect: 'manual',
      headers: {
        ...this.#headers,
        ...(cookie.length > 0 ? { cookie: cookie.map((one) => `${one.name}=${one.value}`).join('; ') } : {}),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: options.body }),
    })
    const setCookies = response.headers.getSetCookie()
    for (const line of setCookies) this.#keep(line, target)
    const body = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body,
      location: response.headers.get('location') ?? undefined,
      execution: /name="execution" value="([^"]+)"/.exec(body)?.[1],
      setCookies,
    }
  }

  /**
   * Opens the form, fills it in and sends it.
   *
   * @param server Address of the server with its context path.
   * @param more `service` goes with the address of the form, everything else with the form.
   */
  async login(server: string, username: string, password: string, more: { readonly service?: string } & FormFields = {}): Promise<Page> {
    const { service, ...fields } = more
    const form = await this.get(loginUrl(server, service === undefined ? {} : { service }))
    if (form.execution === undefined) throw new Error(`no form to fill in: status ${form.status}\n${form.body.slice(0, 2000)}`)
    return this.submit(server, form, { username, password, ...fields })
  }

  /** Sends the form of a page. */
  submit(server: string, page: Page, fields: FormFields): Promise<Page> {
    return this.post(`${server}/login`, { execution: page.execution, _eventId: 'submit', ...fields })
  }

  cookie(name: string): string | undefined {
    return this.#cookies.find((one) => one.name === name)?.value
  }

  cookieNames(): readonly string[] {
    return this.#cookies.map((one) => one.name)
  }

  setCookie(name: string, value: string, url: string, path = '/'): void {
    this.#put({ name, value, path, host: new URL(url).hostname })
  }

  clearCookies(): void {
    this.#cookies = []
  }

  #keep(line: string, target: URL): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const name = pair.slice(0, pair.indexOf('='))
    const value = pair.slice(pair.indexOf('=') + 1)
    const attribute = (wanted: string) => attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
    const path = attribute('path') ?? (target.pathname.replace(/\/[^/]*$/, '') || '/')
    const cookie = { name, value, path, host: target.hostname }
    if (attribute('max-age') === '0') this.#cookies = this.#cookies.filter((one) => !same(one, cookie))
    else this.#put(cookie)
  }

  #put(cookie: Cookie): void {
    this.#cookies = [...this.#cookies.filter((one) => !same(one, cookie)), cookie]
  }
}

const same = (one: Cookie, other: Cookie) => one.name === other.name && one.path === other.path && one.host === other.host

const pathMatches = (path: string, cookiePath: string) =>
  path === cookiePath || (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'))

/** Address of the login with parameters, encoded. */
export function loginUrl(server: string, parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(parameters).toString()
  return `${server}/login${query === '' ? '' : `?${query}`}`
}

/** The service ticket at the end of a redirect. @throws when there is none. */
export function ticketOf(page: Page): string {
  const ticket = page.location === undefined ? null : new URL(page.location).searchParams.get('ticket')
  if (ticket === null) throw new Error(`no ticket: status ${page.status}, location ${page.location}\n${page.body.slice(0, 2000)}`)
  return ticket
}

export interface Validation {
  readonly status: number
  readonly body: string
  readonly contentType: string
  readonly user: string | undefined
  readonly code: string | undefined
  /** Attributes by name, in order of appearance. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
}

/** Asks a validation endpoint as an application does and reads the XML answer. */
export async function validate(
  server: string,
  service: string,
  ticket: string,
  options: { readonly path?: string; readonly parameters?: Readonly<Record<string, string>> } = {},
): Promise<Validation> {
  const query = new URLSearchParams({ service, ticket, ...options.parameters })
  const response = await fetch(`${server}${options.path ?? '/p3/serviceValidate'}?${query}`)
  const body = await response.text()
  const attributes = new Map<string, string[]>()
  const inner = /<cas:attributes>([\s\S]*)<\/cas:attributes>/.exec(body)?.[1] ?? ''
  for (const [, name = '', value = ''] of inner.matchAll(/<cas:([^>\s]+)>([^<]*)<\/cas:\1>/g)) {
    attributes.set(name, [...(attributes.get(name) ?? []), value])
  }
  return {
    status: response.status,
    body,
    contentType: response.headers.get('content-type') ?? '',
    user: /<cas:user>([^<]*)<\/cas:user>/.exec(body)?.[1],
    code: /<cas:authenticationFailure code="([^"]*)"/.exec(body)?.[1],
    attributes,
  }
}

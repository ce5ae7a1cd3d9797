import assert from 'node:assert/strict'
import { BrowserClient, type Page } from './browser-client.ts'

/** What the definitions of most tests have in common. */
export function oauthClient(id: number, clientId: string, more: object = {}): object {
  return {
    '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
    serviceId: `^https://${clientId}\\.example\\.org/cb(\\?.*)?$`,
    name: `Client ${clientId}`,
    id,
    clientId,
    clientSecret: `secret of ${clientId}`,
    bypassApprovalPrompt: true,
    ...more,
  }
}

export const redirectOf = (clientId: string) => `https://${clientId}.example.org/cb`

/** An answer of an endpoint for programs. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} }
}

export type Fields = Readonly<Record<string, string>>

/** Posts a form to an endpoint. */
export async function postForm(url: string, fields: Fields, headers: Fields = {}): Promise<Answer> {
  return answerOf(await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers }))
}

export const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

/** Where an authorization request begins. */
export function authorizeUrl(server: string, clientId: string, more: Fields = {}): string {
  return `${server}/oauth2.0/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: redirectOf(clientId), ...more })}`
}

/** Follows redirects inside the server, logging in when the form comes; the first page or the first redirect elsewhere. */
export async function follow(
  server: string,
  browser: BrowserClient,
  url: string,
  credentials: readonly [string, string] = ['ada', 'pw'],
): Promise<Page> {
  let page = await browser.get(url)
  for (let hop = 0; hop < 12; hop++) {
    if (page.execution !== undefined && page.body.includes('name="password"')) {
      page = await browser.submit(server, page, { username: credentials[0], password: credentials[1] })
      continue
    }
    const next = page.location === undefined ? undefined : own(server, page.location)
    if (next === undefined) return page
    page = await browser.get(next)
  }
  throw new Error('redirects without end')
}

/** The address under which the test reaches what the server calls by its own name. */
function own(server: string, location: string): string | undefined {
  const url = new URL(location, server)
  return url.pathname.startsWith('/cas/') && (url.host === new URL(server).host || url.host === SERVER_HOST)
    ? `${new URL(server).origin}${url.pathname}${url.search}`
    : undefined
}

/** Host of `cas.server.name` where a test does not set another. */
export const SERVER_HOST = 'cas.example.org:8443'

/** A parameter in the redirect to the client, from query or fragment. */
export function inRedirect(page: Page, name: string, part: 'query' | 'fragment' = 'query'): string | undefined {
  assert.ok(page.location, `no redirect: ${page.status} ${page.body.slice(0, 500)}`)
  const url = new URL(page.location)
  const fields = part === 'query' ? url.searchParams : new URLSearchParams(url.hash.slice(1))
  return fields.get(name) ?? undefined
}

/** A code for a client, with a fresh browser unless one is given. */
export async function codeFor(server: string, clientId: string, more: Fields = {}, browser = new BrowserClient()): Promise<string> {
  const page = await follow(server, browser, authorizeUrl(server, clientId, more))
  const code = inRedirect(page, 'code')
  assert.ok(code, `no code: ${page.location}`)
  return code
}

/** Exchanges a code with the secret of the client, in the body. */
export function exchange(server: string, clientId: string, code: string, more: Fields = {}): Promise<Answer> {
  return postForm(`${server}/oauth2.0/accessToken`, {
    grant_type: 'authorization_code',
    client_id: clientId,
    client_secret: `secret of ${clientId}`,
    code,
    redirect_uri: redirectOf(clientId),
    ...more,
  })
}

export function refresh(server: string, clientId: string, token: unknown, more: Fields = {}): Promise<Answer> {
  return postForm(`${server}/oauth2.0/accessToken`, {
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: `secret of ${clientId}`,
    refresh_token: String(token),
    ...more,
  })
}

export async function profile(server: string, token: unknown): Promise<Answer> {
  return answerOf(await fetch(`${server}/oauth2.0/profile?access_token=${encodeURIComponent(String(token))}`))
}

// A small application that lets people sign in by CAS: everything an application needs of the protocol stands in this file.
// Usage: node application.mjs --cas http://localhost:8080/cas [--port 8090]
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({ options: { cas: { type: 'string' }, port: { type: 'string', default: '8090' } } })
if (!options.cas) {
  console.error('application: say where the server is: --cas http://localhost:8080/cas')
  process.exit(64)
}
const cas = options.cas.replace(/\/+$/, '')
const css = readFileSync(new URL('./application.css', import.meta.url))
const COOKIE = 'demo-session'
const SESSIONS_AT_MOST = 1000

/** Who is signed in here, by the value of our own cookie. The session of the server lives on its own. */
const sessions = new Map()

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(`application: ${error.stack}`)
    if (!response.headersSent)
      send(response, 502, page('Not available', html`<p>The sign-in server did not answer. Try again in a minute.</p>`))
  })
})

async function answer(request, response) {
  const url = new URL(request.url ?? '/', base())
  const session = sessions.get(cookieOf(request))
  if (url.pathname === '/demo/' && request.method === 'GET') return send(response, 200, session ? signedIn(session) : welcome())
  if (url.pathname === '/demo/sign-in' && request.method === 'GET') return signIn(url, response)
  if (url.pathname === '/demo/sign-out' && request.method === 'POST') return signOut(request, response)
  if (url.pathname === '/demo/application.css') return send(response, 200, css, { 'Content-Type': 'text/css; charset=utf-8' })
  if (url.pathname === '/') return redirect(response, '/demo/')
  send(response, 404, page('No such page', html`<p><a href="/demo/">To the demo</a></p>`))
}

/** Without a ticket: off to the server. With one: ask the server, from here, whose it is. */
async function signIn(url, response) {
  const service = `${base()}/demo/sign-in`
  const ticket = url.searchParams.get('ticket')
  if (!ticket) return redirect(response, `${cas}/login?${new URLSearchParams({ service })}`)
  const question = new URLSearchParams({ service, ticket, format: 'JSON' })
  const reply = await fetch(`${cas}/p3/serviceValidate?${question}`, { signal: AbortSignal.timeout(5000) })
  const { serviceResponse } = await reply.json()
  const success = serviceResponse.authenticationSuccess
  if (!success) {
    const code = serviceResponse.authenticationFailure?.code ?? 'unknown'
    return send(
      response,
      403,
      page(
        'Not signed in',
        html`<p>The server did not accept the ticket (${code}). A ticket works once.</p>
      <p><a class="primary" href="/demo/sign-in">Sign in again</a></p>`,
      ),
    )
  }
  const id = randomBytes(24).toString('base64url')
  if (sessions.size >= SESSIONS_AT_MOST) sessions.delete(sessions.keys().next().value)
  sessions.set(id, { user: success.user, attributes: success.attributes })
  // Away from the address with the ticket: it is spent, and should not be reloaded or bookmarked.
  redirect(response, '/demo/', { 'Set-Cookie': `${COOKIE}=${id}; Path=/demo/; HttpOnly; SameSite=Lax` })
}

/** Ends the session here, then the one at the server, which comes back to the start page. */
function signOut(request, response) {
  sessions.delete(cookieOf(request))
  redirect(response, `${cas}/logout?${new URLSearchParams({ service: `${base()}/demo/` })}`, {
    'Set-Cookie': `${COOKIE}=; Path=/demo/; Max-Age=0; HttpOnly; SameSite=Lax`,
  })
}

const welcome = () =>
  page(
    'You are not signed in',
    html`<p>This application knows nobody by itself. It asks Castellan who you are.</p>
    <p><a class="primary" id="sign-in" href="/demo/sign-in">Sign in</a></p>`,
  )

/** What the protocol says about the login itself; everything else is about the person. */
const ABOUT_LOGIN = [
  'authenticationDate',
  'authenticationMethod',
  'credentialType',
  'isFromNewLogin',
  'longTermAuthenticationRequestTokenUsed',
  'successfulAuthenticationHandlers',
]

function signedIn({ user, attributes }) {
  const person = Object.entries(attributes).filter(([name]) => !ABOUT_LOGIN.includes(name))
  const login = Object.entries(attributes).filter(([name]) => ABOUT_LOGIN.includes(name))
  const name = [attributes.displayName ?? user].flat()[0]
  return page(
    `Hello, ${name}`,
    html`<p>You are signed in as <strong id="user">${user}</strong>.</p>
    ${list('About you', person)}
    ${list('About this login', login)}
    <form method="post" action="/demo/sign-out"><button class="primary" id="sign-out">Sign out</button></form>`,
  )
}

const list = (title, rows) =>
  rows.length === 0
    ? html``
    : html`<section><h2>${title}</h2><dl>${rows.map(([key, value]) => html`<dt><code>${key}</code></dt><dd>${[value].flat().join(', ')}</dd>`)}</dl></section>`

const page = (heading, content) =>
  html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${heading} – Demo application</title><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/demo/application.css"></head>
<body><main><p class="where">Demo application</p><h1>${heading}</h1>${content}</main></body>
</html>`

/** Text with holes, escaped; what came out of it before is not escaped again. */
function html(texts, ...holes) {
  const escaped = holes.map((hole) =>
    (Array.isArray(hole) ? hole : [hole]).map((one) => (one instanceof Markup ? one.text : escapeText(String(one)))).join(''),
  )
  return new Markup(String.raw({ raw: texts }, ...escaped))
}
class Markup {
  constructor(text) {
    this.text = text
  }
}
const escapeText = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

function send(response, status, body, headers = {}) {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  })
  response.end(body instanceof Markup ? body.text : body)
}

const redirect = (response, location, headers = {}) => send(response, 303, '', { Location: location, ...headers })

const cookieOf = (request) => new RegExp(`(?:^|; )${COOKIE}=([A-Za-z0-9_-]+)`).exec(request.headers.cookie ?? '')?.[1]

/** Our address as browsers see it. Not taken from the request: a forged `Host` would become a part of the service. */
const base = () => `http://localhost:${server.address().port}`

server.on('error', (error) => {
  console.error(`application: cannot listen on port ${options.port}: ${error.message}`)
  process.exit(69)
})
server.listen(Number(options.port), '127.0.0.1', () => console.log(`application: ready at ${base()}/demo/`))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  })
}

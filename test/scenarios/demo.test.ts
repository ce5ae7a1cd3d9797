import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { eventually, freePort, projectDirectory } from '../support/castellan.ts'

interface Demo extends AsyncDisposable {
  readonly pid: number
  output(): string
  /** Waits for the text that says where everything is. */
  ready(): Promise<{ application: string; server: string }>
  signal(name: NodeJS.Signals): void
  ended(): Promise<number | null>
}

/** What `npm start` starts, with its state in a temporary folder and on ports of its own. */
async function startDemo(env: Readonly<Record<string, string>>): Promise<Demo> {
  const state = await mkdtemp(join(tmpdir(), 'castellan-demo-'))
  const child = spawn(process.execPath, [join(projectDirectory, 'tools/demo.mjs')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', CASTELLAN_DEMO_STATE: state, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ready: () =>
      eventually(
        'the demo is ready',
        () => {
          if (child.exitCode !== null) throw new Error(`the demo ended: ${output}`)
          const application = /Demo application +(http\S+)/.exec(output)?.[1]
          const server = /Server +(http\S+)\/login/.exec(output)?.[1]
          return application && server && output.includes('Ctrl-C') ? { application, server } : undefined
        },
        30_000,
      ),
    signal: (name) => void child.kill(name),
    ended: () => closed,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await closed
      await rm(state, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const ports = async () => ({ CASTELLAN_DEMO_PORT: String(await freePort()), CASTELLAN_DEMO_APPLICATION_PORT: String(await freePort()) })

/** Follows redirects by hand, as a browser does. */
async function follow(browser: BrowserClient, url: string) {
  let page = await browser.get(url)
  for (let hops = 0; page.location !== undefined && hops < 8; hops++) {
    url = new URL(page.location, url).href
    page = await browser.get(url)
  }
  return { page, url }
}

const childrenOf = async (pid: number) => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(/\s+/).filter(Boolean)

const isAlive = (pid: string) => {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch {
    return false
  }
}

test('the demo: a person signs in through the application, sees name and attributes, signs out, and Ctrl-C ends everything', async () => {
  await using demo = await startDemo(await ports())
  const { application, server } = await demo.ready()
  const [, user = '', password = ''] = /User (\S+) +Password (\S+)/.exec(demo.output()) ?? []
  const browser = new BrowserClient()

  const start = await browser.get(application)
  assert.equal(start.status, 200)
  assert.match(start.body, /You are not signed in/)

  const form = await follow(browser, new URL('sign-in', application).href)
  assert.equal(form.page.status, 200)
  const posted = await browser.submit(server, form.page, { username: user, password })
  assert.equal(posted.status, 302, posted.body.slice(0, 500))
  assert.match(posted.location ?? '', /\/demo\/sign-in\?ticket=ST-/)

  const signedIn = await follow(browser, posted.location ?? '')
  assert.equal(signedIn.url, application)
  assert.match(signedIn.page.body, /Hello, First Student/)
  assert.match(signedIn.page.body, new RegExp(`<strong id="user">${user}</strong>`))
  assert.match(signedIn.page.body, /student1@example\.org/)
  assert.doesNotMatch(signedIn.page.body, /studentNumber/, 'an attribute that the definition does not release')

  // The ticket is spent: whoever finds the address in a history gets nothing.
  assert.equal((await new BrowserClient().get(posted.location ?? '')).status, 403)

  const out = await browser.post(new URL('sign-out', application), {})
  assert.match(out.location ?? '', /\/cas\/logout\?service=/)
  const after = await follow(browser, out.location ?? '')
  assert.equal(after.url, application)
  assert.match(after.page.body, /You are not signed in/)
  assert.notEqual(
    (await follow(browser, new URL('sign-in', application).href)).page.execution,
    undefined,
    'the session at the server is over too',
  )

  const parts = await childrenOf(demo.pid)
  assert.equal(parts.length, 2)
  demo.signal('SIGINT')
  assert.equal(await demo.ended(), 0, demo.output())
  assert.deepEqual(parts.filter(isAlive), [], 'nothing is left over')
})

test('the demo takes other ports when the usual ones are taken, and says so by printing them', async (context) => {
  const blocker = await occupy(8080)
  context.after(() => blocker?.close())
  await using demo = await startDemo({})
  const { server, application } = await demo.ready()
  assert.notEqual(new URL(server).port, '8080')
  assert.equal((await new BrowserClient().get(application)).status, 200)
})

test('when one part of the demo dies, the other ends too and the reason is shown', async () => {
  await using demo = await startDemo(await ports())
  await demo.ready()
  const parts = await childrenOf(demo.pid)
  process.kill(Number(parts[0]), 'SIGKILL')
  assert.notEqual(await demo.ended(), 0)
  assert.match(demo.output(), /the server ended \(SIGKILL\)/)
  assert.deepEqual(parts.filter(isAlive), [])
})

/** Takes a port, unless somebody else has it already. */
const occupy = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })

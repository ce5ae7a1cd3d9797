import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan } from '../support/castellan.ts'
import { basic } from '../support/oauth.ts'

/** `/actuator/interrupt` and its preview (configuration.md 14.3, interrupt.md 12, 14.3). */
let cas: Castellan
const ADMIN = basic('operator', 'secret')
const S = 'https://app.example.org/portal'
const PAYLOAD = {
  message: 'The archive is <strong>closed</strong>.',
  links: { Notice: 'https://news.example.org/42' },
  interrupt: true,
  block: false,
  ssoEnabled: true,
  autoRedirect: false,
  autoRedirectAfterSeconds: -1,
}

before(async () => {
  cas = await startCastellan({
    services: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*'),
      'Quiet-2.json': definition(2, '^https://quiet\\.example\\.org/.*', { webflowInterruptPolicy: { enabled: false } }),
    },
    properties: {
      'castellan.ticket-registry.store': 'memory',
      'cas.authn.accept.users': 'user1::pw,=cmd::pw,reader::pw',
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      'castellan.interrupt.announcements.location': 'file:{dir}/board.json',
      'castellan.interrupt.preview-enabled': true,
      'spring.security.user.name': 'operator',
      'spring.security.user.password': 'secret',
      'management.endpoint.interrupt.access': 'READ_ONLY',
      'management.endpoints.web.exposure.include': 'interrupt',
      'cas.monitor.endpoints.endpoint.interrupt.access': 'AUTHENTICATED',
    },
    files: {
      'interrupt.json': JSON.stringify({ user1: PAYLOAD }),
      'board.json': JSON.stringify({
        announcements: [
          {
            id: 'winter',
            exclusive: false,
            audience: { attributes: { affiliation: 'staff' } },
            window: { from: '2030-12-01T00:00:00Z', until: '2031-01-07T00:00:00Z' },
            payload: { message: { en: 'Closed.', fr: 'Fermé.' } },
          },
          {
            id: 'terms',
            frequency: 'UNTIL_ACKNOWLEDGED',
            audience: { usernames: ['=cmd', 'reader'] },
            payload: { message: 'New terms.' },
          },
        ],
      }),
    },
  })
})
after(() => cas?.[Symbol.asyncDispose]())

async function ask(query = '', headers: Record<string, string> = ADMIN, path = '') {
  const response = await fetch(`${cas.url}/actuator/interrupt${path}${query}`, { headers })
  const body = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && body !== ''
  return { status: response.status, headers: response.headers, body, json: (isJson ? JSON.parse(body) : {}) as Record<string, unknown> }
}

test('it says how the sources are, without anybody’s message, to operators only', async () => {
  assert.equal((await ask('', {})).status, 401)
  assert.equal((await ask('?username=user1', {})).status, 401)
  assert.equal((await ask('', {}, '/preview')).status, 401)
  const { status, json, body } = await ask()
  assert.equal(status, 200)
  assert.equal(json['triggerMode'], 'AFTER_AUTHENTICATION')
  const sources = json['sources'] as readonly Record<string, unknown>[]
  assert.deepEqual(
    sources.map(({ name, entries }) => [name, entries]),
    [
      ['json', 1],
      ['announcements', 2],
    ],
  )
  assert.doesNotMatch(body, /archive|Closed|user1/)
})

test('with a user it answers with the payload of CAS, and nothing is remembered or told', async () => {
  const { json, headers } = await ask(`?username=user1&service=${encodeURIComponent(S)}`)
  assert.deepEqual(json, { ...PAYLOAD, data: {} })
  assert.equal(headers.get('set-cookie'), null)
  assert.deepEqual((await ask('?username=other')).json, { interrupt: false })
  assert.deepEqual((await ask(`?username=user1&service=${encodeURIComponent('https://quiet.example.org/')}`)).json, { interrupt: false })
  for (const query of [
    '?username=user1&service=https://unknown.example.org/',
    '?username=user1&service=javascript:alert(1)',
    `?username=${'u'.repeat(1001)}`,
    '?username=user1&at=tomorrow',
    '?username=user1&attribute=x',
  ]) {
    assert.equal((await ask(query)).status, 400, query)
  }
  const state = (await ask()).json as { sources: readonly { inquiries: Record<string, number> }[]; pages: Record<string, number> }
  assert.deepEqual(state.pages, { open: 0, blocked: 0 })
  assert.deepEqual(state.sources[0]?.inquiries, { interrupt: 0, none: 0, error: 0, timeout: 0, skipped: 0 })
  assert.ok((await cas.logSoFar()).every((line) => !String(line['action']).startsWith('AUTHENTICATION_INTERRUPT_')))

  const browser = new BrowserClient()
  await browser.login(cas.url, 'user1', 'pw', { service: S })
  const after = (await ask()).json as typeof state
  assert.deepEqual(after.pages, { open: 1, blocked: 0 })
  assert.equal(after.sources[0]?.inquiries['interrupt'], 1)
})

const RULES = (winter: string) => [
  { rule: 'winter', verdict: winter },
  { rule: 'terms', verdict: 'audience' },
]

test('the preview gives the reason of each source and rule, at any moment', async () => {
  const at = async (moment: string, more = '') =>
    (await ask(`?username=other&attribute=affiliation=staff&at=${encodeURIComponent(moment)}${more}`, ADMIN, '/preview')).json
  const open = await at('2030-12-24T12:00:00Z')
  assert.equal(open['outcome'], 'interrupt')
  assert.deepEqual(open['sources'], [
    { source: 'json', outcome: 'none' },
    { source: 'announcements', outcome: 'interrupt', rules: RULES('shown') },
  ])
  const over = await at('2031-02-01T00:00:00Z')
  assert.equal(over['outcome'], 'no interrupt')
  assert.deepEqual((over['sources'] as unknown[])[1], {
    source: 'announcements',
    outcome: 'none',
    rules: RULES('window'),
  })
})

test('the preview shows the page, marked as such, its buttons dead, in the language asked for', async () => {
  const { status, body } = await ask('?username=user1', { ...ADMIN, accept: 'text/html' }, '/preview')
  assert.equal(status, 200)
  assert.match(body, /<p id="preview">Preview\./)
  assert.match(body, /The archive is <strong>closed<\/strong>/)
  assert.match(body, /<fieldset id="dead" disabled inert>[\s\S]*id="notice"[\s\S]*id="proceed"[\s\S]*<\/fieldset>/)
  assert.match(body, /name="execution" value=""/)
  const french = await ask(
    '?username=other&attribute=affiliation=staff&at=2030-12-24T12:00:00Z&locale=fr',
    { ...ADMIN, accept: 'text/html' },
    '/preview',
  )
  assert.match(french.body, /Fermé\./)
  assert.match(french.body, /<html lang="fr"/)
})

test('who has ticked the box can be had as CSV, which no spreadsheet takes for formulas', async () => {
  const empty = await ask('', ADMIN, '/acknowledgements')
  assert.equal(empty.body, 'announcement,principal,at,acknowledged,address,userAgent,payload\r\n')
  for (const [user, agent] of [
    ['=cmd', '=HYPERLINK("https://evil.example.org","x"),1'],
    ['reader', 'browser/1'],
  ] as const) {
    const browser = new BrowserClient({ 'user-agent': agent })
    const page = await browser.login(cas.url, user, 'pw', { service: S })
    const fields = { execution: page.execution, _eventId: 'proceed', acknowledge: 'true' }
    assert.match((await browser.post(`${cas.url}/login`, fields)).location ?? '', /ticket=ST-/)
  }
  const { status, headers, body } = await ask('?announcement=terms', ADMIN, '/acknowledgements')
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/csv;charset=UTF-8')
  const rows = body.trim().split('\r\n').slice(1).sort()
  assert.equal(rows.length, 2)
  assert.match(
    rows[0] ?? '',
    /^terms,"'=cmd",\d{4}-\d\d-\d\dT[\d:.]+Z,true,127\.0\.0\.1,"'=HYPERLINK\(""https:\/\/evil\.example\.org"",""x""\),1",[\w-]{43}$/,
  )
  assert.match(rows[1] ?? '', /^terms,reader,/)
  assert.equal((await ask('?announcement=other', ADMIN, '/acknowledgements')).body.trim().split('\r\n').length, 1)
  assert.equal((await ask('', {}, '/acknowledgements')).status, 401)
})

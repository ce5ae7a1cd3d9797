import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HttpRefusal, Unavailable } from '../../src/base/errors.ts'
import { setCookie } from '../../src/http/index.ts'
import { echo, route, testApp } from './http-parts.ts'

const form = (fields: string) => ({
  method: 'POST',
  body: fields,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

test('everything lies under the context path, which is changed by a setting [CF21]', async () => {
  const cas = testApp()
  assert.equal((await cas.request('/cas/login')).status, 200)
  assert.equal((await cas.request('/login')).status, 404)
  const sso = testApp(undefined, { 'server.servlet.contextPath': '/sso/' })
  assert.equal((await sso.request('/sso/login')).status, 200)
  assert.equal((await sso.request('/cas/login')).status, 404)
  const root = testApp(undefined, { 'server.servlet.contextPath': '/' })
  assert.equal((await root.request('/login')).status, 200)
  assert.equal((await root.request('/?a=b')).headers.get('location'), '/login?a=b')
})

test('a context path that is no plain path is refused with the name of its setting', () => {
  for (const path of ['/ca s', '/cas?x', '/:cas', '/cas/*', '//a//b', '/cas#']) {
    assert.throws(() => testApp([], { 'server.servlet.contextPath': path }), /^StartRefusal: server\.servlet\.context-path /, path)
  }
})

test('the bare context path leads to the login with its query', async () => {
  const app = testApp()
  for (const [from, to] of [
    ['/cas', '/cas/login'],
    ['/cas/', '/cas/login'],
    ['/cas/?service=https%3A%2F%2Fa.example%2F&x=1', '/cas/login?service=https%3A%2F%2Fa.example%2F&x=1'],
  ] as const) {
    const answer = await app.request(from)
    assert.equal(answer.status, 302)
    assert.equal(answer.headers.get('location'), to)
  }
})

test('an unknown path is 404, a known one by another method 405 with Allow', async () => {
  const app = testApp()
  const nowhere = await app.request('/cas/nowhere')
  assert.equal(nowhere.status, 404)
  assert.match(await nowhere.text(), /Error 404/)
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const answer = await app.request('/cas/login', { method })
    assert.equal(answer.status, 405, method)
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST')
  }
})

test('HEAD is answered as GET without a body', async () => {
  const app = testApp()
  const answer = await app.request('/cas/login', { method: 'HEAD' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-frame-options'), 'DENY')
  assert.equal(await answer.text(), '')
})

test('a program that accepts JSON gets an error as JSON, a browser gets the page', async () => {
  const app = testApp()
  const answer = await app.request('/cas/nowhere', { headers: { accept: 'application/json' } })
  assert.equal(answer.headers.get('content-type'), 'application/json;charset=UTF-8')
  const body = (await answer.json()) as Record<string, unknown>
  assert.deepEqual(
    { ...body, timestamp: '', requestId: '' },
    { timestamp: '', status: 404, error: 'Not Found', message: 'there is nothing here', path: '/cas/nowhere', requestId: '' },
  )
  assert.equal(body.requestId, answer.headers.get('x-requestid'))
  const page = await app.request('/cas/nowhere', { headers: { accept: 'text/html,application/json' } })
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
})

test('every request gets an id of its own, whatever a stranger sends', async () => {
  const app = testApp()
  const headers = { 'x-requestid': 'mine', 'x-request-id': 'mine' }
  const ids = await Promise.all([1, 2].map(async () => (await app.request('/cas/login', { headers })).headers.get('x-requestid') ?? ''))
  for (const id of ids) assert.match(id, /^[0-9a-f-]{36}$/)
  assert.notEqual(ids[0], ids[1])
})

test('a checked parameter that occurs twice is refused, also with equal values', async () => {
  const app = testApp()
  for (const query of [
    'service=a&service=a',
    'ticket=ST-1&ticket=ST-2',
    'renew=true&renew=true',
    'pgtUrl=a&pgtUrl=b',
    'username=a&username=b',
  ]) {
    const answer = await app.request(`/cas/login?${query}`)
    assert.equal(answer.status, 400, query)
    assert.doesNotMatch(await answer.text(), /ST-1/)
  }
  assert.equal((await app.request('/cas/login', form('service=a&service=b'))).status, 400)
  assert.equal((await app.request('/cas/login?service=a', form('service=a'))).status, 400)
  assert.equal((await app.request('/cas/login', form('password=a&password=b'))).status, 400)
  assert.equal((await app.request('/cas/login?s%65rvice=a&service=b')).status, 400)
})

test('an unchecked parameter may occur twice', async () => {
  const app = testApp()
  const answer = await app.request('/cas/login?zzz=1&zzz=2&rememberMe=false&rememberMe=true')
  assert.deepEqual(await answer.json(), { zzz: ['1', '2'], rememberMe: ['false', 'true'] })
})

test('repeated parameters are let through where a setting allows them', async () => {
  const app = testApp(undefined, { 'cas.httpWebRequest.allowMultiValueParameters': true })
  assert.equal((await app.request('/cas/login?service=a&service=b')).status, 200)
})

test('which parameters are checked is a setting, an asterisk means all', async () => {
  const some = testApp(undefined, { 'cas.httpWebRequest.paramsToCheck': 'zzz' })
  assert.equal((await some.request('/cas/login?service=a&service=b')).status, 200)
  assert.equal((await some.request('/cas/login?zzz=a&zzz=b')).status, 400)
  const all = testApp(undefined, { 'cas.httpWebRequest.paramsToCheck': '*' })
  assert.equal((await all.request('/cas/login?anything=a&anything=b')).status, 400)
})

test('control characters in a checked parameter are refused', async () => {
  const app = testApp()
  for (const code of ['%0A', '%0D', '%00', '%09', '%7F', '%C2%85', '%0d%0aSet-Cookie:x=y']) {
    assert.equal((await app.request(`/cas/login?service=https%3A%2F%2Fa.example%2F${code}x`)).status, 400, code)
    assert.equal((await app.request('/cas/login', form(`username=a${code}`))).status, 400, code)
  }
  assert.equal((await app.request('/cas/login', form('username=a&password=%09'))).status, 200)
  assert.equal((await app.request('/cas/login?other=%09')).status, 200)
})

test('characters that a setting forbids are refused in checked parameters', async () => {
  const app = testApp(undefined, { 'cas.httpWebRequest.charactersToForbid': '< >' })
  assert.equal((await app.request('/cas/login?service=a%3Cb')).status, 400)
  assert.equal((await app.request('/cas/login?other=a%3Cb')).status, 200)
})

test('a password in the query is refused, except with a POST', async () => {
  const app = testApp()
  for (const method of ['GET', 'HEAD']) assert.equal((await app.request('/cas/login?username=a&password=b', { method })).status, 400)
  assert.equal((await app.request('/cas/login?pass%77ord=b')).status, 400)
  assert.equal((await app.request('/cas/login?username=a&password=b', { method: 'POST' })).status, 200)
  assert.equal((await app.request('/cas/login', form('username=a&password=b'))).status, 200)
})

test('which parameters only a POST may send is a setting', async () => {
  const named = { 'cas.httpWebRequest.onlyPostParams': 'username,password' }
  for (const [overrides, query, status] of [
    [{}, 'username=u', 200],
    [{}, 'password=p', 400],
    [named, 'username=u', 400],
    [{ 'cas.httpWebRequest.onlyPostParams': '' }, 'password=p', 200],
  ] as const) {
    assert.equal((await testApp(undefined, overrides).request(`/cas/login?${query}`)).status, status, query)
  }
  assert.equal((await testApp(undefined, named).request('/cas/login?username=u', { method: 'POST' })).status, 200)
})

test('a pattern of the settings blocks requests', async () => {
  const app = testApp(undefined, { 'cas.httpWebRequest.patternToBlock': '/\\.git|evil' })
  assert.equal((await app.request('/cas/login?x=evil')).status, 400)
  assert.equal((await app.request('/cas/login?x=good')).status, 200)
})

test('broken encodings, too many parameters and an overlong address are answered', async () => {
  const app = testApp()
  for (const query of ['service=%', 'service=%zz', 'service=%FF%FE', '%', '&&&', '=&=', 'service=%E0%80%80']) {
    assert.equal((await app.request(`/cas/login?${query}`)).status, 200, query)
  }
  assert.equal((await app.request('/cas/%')).status, 404)
  assert.equal((await app.request('/cas/%FF%00')).status, 404)
  assert.equal((await app.request(`/cas/login?${'a&'.repeat(1000)}`)).status, 400)
  assert.equal((await app.request('/cas/login', form('a&'.repeat(500_000)))).status, 400)
  assert.equal((await app.request(`/cas/login?service=${'x'.repeat(8192)}`)).status, 200)
  assert.equal((await app.request(`/cas/login?service=${'x'.repeat(70_000)}`)).status, 414)
})

test('the query counts before the form, and only a form is read as one', async () => {
  const app = testApp()
  assert.deepEqual(await (await app.request('/cas/login?x=1', form('x=2&y=%C3%A4+b'))).json(), { x: ['1', '2'], y: ['ä b'] })
  const json = { method: 'POST', body: '{"x":"2"}', headers: { 'content-type': 'application/json' } }
  assert.deepEqual(await (await app.request('/cas/login?x=1', json)).json(), { x: ['1'] })
  const charset = { ...form('x=2'), headers: { 'content-type': 'Application/X-WWW-Form-URLencoded; charset=UTF-8' } }
  assert.deepEqual(await (await app.request('/cas/login', charset)).json(), { x: ['2'] })
})

test('a handler may still read the body as JSON', async () => {
  const app = testApp([route('/v1/services', async (call) => Response.json(await call.req.json()), { method: 'POST' })])
  const answer = await app.request('/cas/v1/services', { method: 'POST', body: '{"a":1}' })
  assert.deepEqual(await answer.json(), { a: 1 })
})

test('a body beyond the limit is refused, a route may have a smaller one', async () => {
  const app = testApp([
    route('/login', echo, { method: 'POST' }),
    route('/serviceValidate', echo, { method: 'POST', maxBodyBytes: 65_536 }),
  ])
  assert.equal((await app.request('/cas/login', form(`x=${'x'.repeat(1_000_000)}`))).status, 200)
  assert.equal((await app.request('/cas/login', form(`x=${'x'.repeat(2 * 1024 * 1024)}`))).status, 413)
  assert.equal((await app.request('/cas/serviceValidate', form(`x=${'x'.repeat(65_536)}`))).status, 413)
  const small = testApp(undefined, { 'server.tomcat.maxHttpFormPostSize': 10 })
  assert.equal((await small.request('/cas/login', form('x=0123456789'))).status, 413)
})

test('a refusal gets its status and headers, a missing store 503 with Retry-After', async () => {
  const app = testApp([
    route('/a', () => {
      throw new HttpRefusal(401, 'x', 'no', { detail: 'for the log', headers: { 'WWW-Authenticate': 'Basic realm="Realm"' } })
    }),
    route('/b', async () => {
      throw new Unavailable('tickets', 'try again later', { retryAfterInSeconds: 7, cause: new Error('connection refused') })
    }),
  ])
  const refused = await app.request('/cas/a', { headers: { accept: 'application/json' } })
  assert.equal(refused.status, 401)
  assert.equal(refused.headers.get('www-authenticate'), 'Basic realm="Realm"')
  assert.doesNotMatch(await refused.text(), /for the log/)
  const unavailable = await app.request('/cas/b')
  assert.equal(unavailable.status, 503)
  assert.equal(unavailable.headers.get('retry-after'), '7')
})

test('a bug is 500 with the request id; its message and stack are in the log once and nowhere else', async () => {
  const app = testApp([
    route('/a', () => {
      throw new Error('the secret of the bug')
    }),
    route('/b', () => {
      throw 'no error at all'
    }),
  ])
  for (const accept of ['text/html', 'application/json']) {
    const answer = await app.request('/cas/a', { headers: { accept } })
    assert.equal(answer.status, 500)
    const body = await answer.text()
    assert.doesNotMatch(body, /secret|stack|app\.test/)
    const id = answer.headers.get('x-requestid') ?? ''
    assert.ok(body.includes(id))
    const lines = app.lines.filter((line) => line.level >= 50 && line['requestId'] === id)
    assert.equal(lines.length, 1)
    assert.match(JSON.stringify(lines[0]), /the secret of the bug.*app\.test/)
  }
  assert.equal((await app.request('/cas/b')).status, 500)
})

test('an error page that fails is still an answer', async () => {
  const app = testApp(
    [],
    {},
    {
      errorPage: () => {
        throw new Error('no page')
      },
    },
  )
  const answer = await app.request('/cas/nowhere')
  assert.equal(answer.status, 404)
  assert.equal(await answer.text(), 'Not Found')
})

test('a protocol turns refusals into its own bytes; the longest prefix is asked first', async () => {
  const fail = () => {
    throw new HttpRefusal(400, 'x', 'no')
  }
  const app = testApp(
    [route('/p3/serviceValidate', fail), route('/p3/other', fail), route('/login', fail)],
    {},
    {
      translators: [
        { prefix: '/p3/', translate: () => new Response('short', { status: 400 }) },
        { prefix: '/p3/serviceValidate', translate: (refusal) => new Response(`<xml>${refusal.code}</xml>`, { status: 200 }) },
        { prefix: '/login', translate: () => undefined },
      ],
    },
  )
  assert.equal(await (await app.request('/cas/p3/serviceValidate')).text(), '<xml>x</xml>')
  assert.equal(await (await app.request('/cas/p3/other')).text(), 'short')
  assert.match(await (await app.request('/cas/login')).text(), /Error 400/)
})

test('a cookie set by a handler reaches the browser, however the answer is made', async () => {
  const cookie = { name: 'A', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const
  const app = testApp([
    route('/raw', (call) => {
      setCookie(call, cookie, '1')
      setCookie(call, { ...cookie, name: 'B' }, '2')
      return new Response('x')
    }),
    route('/redirect', (call) => {
      setCookie(call, cookie, '1')
      return Response.redirect('https://a.example/', 302)
    }),
    route('/hono', (call) => {
      call.header('Set-Cookie', 'C=3', { append: true })
      setCookie(call, cookie, '1')
      return call.html('x')
    }),
    route('/fails', (call) => {
      setCookie(call, cookie, '1')
      throw new HttpRefusal(403, 'x', 'no')
    }),
  ])
  const names = async (path: string) => (await app.request(`/cas${path}`)).headers.getSetCookie().map((one) => one.slice(0, 3))
  assert.deepEqual(await names('/raw'), ['A=1', 'B=2'])
  assert.deepEqual(await names('/redirect'), ['A=1'])
  assert.deepEqual((await names('/hono')).sort(), ['A=1', 'C=3'])
  assert.deepEqual(await names('/fails'), ['A=1'])
})

test('each request is logged with its secrets masked', async () => {
  const app = testApp([route('/serviceValidate', echo), route('/v1/tickets/:id', echo)])
  await app.request('/cas/serviceValidate?service=https%3A%2F%2Fa.example%2F%3Ftoken%3Dabc&ticket=ST-1-abcdefghijklmnopqrstuvwxyz-host')
  await app.request('/cas/v1/tickets/TGT-1-abcdefghijklmnopqrstuvwxyz-host?x=TGT-1-abcdefghijklmnopqrstuvwxyz-host')
  await app.request('/cas/login?password=hunter2&p%61ssword=hunter2')
  const text = JSON.stringify(app.lines)
  assert.doesNotMatch(text, /abcdefg|hunter2|token%3Dabc/)
  const [first] = app.lines.filter((line) => line.msg === 'request')
  assert.equal(first?.['path'], '/cas/serviceValidate')
  assert.equal(first?.['query'], 'service=https%3A%2F%2Fa.example%2F…&ticket=****************')
  assert.equal(first?.['status'], 200)
  assert.equal(first?.['address'], '127.0.0.1')
})

test('what a line of a handler says of its request is a setting; its id is always there', async () => {
  const talking = route('/login', (call) => {
    call.get('log').info({}, 'said')
    return new Response()
  })
  for (const [enabled, more] of [
    [true, { method: 'GET', remoteAddress: '127.0.0.1', requestUri: '/cas/login' }],
    [false, { method: undefined, remoteAddress: undefined, requestUri: undefined }],
  ] as const) {
    const app = testApp([talking], { 'cas.logging.mdc.enabled': enabled })
    const { headers } = await app.request('/cas/login')
    const line = app.lines.find(({ msg }) => msg === 'said')
    assert.deepEqual({ method: line?.['method'], remoteAddress: line?.['remoteAddress'], requestUri: line?.['requestUri'] }, more)
    assert.equal(line?.['requestId'], headers.get('x-requestid'))
  }
})

test('a slow request is logged as such, and the access log can be off', async () => {
  const app = testApp(undefined, { 'castellan.log.slowRequest': 0, 'server.tomcat.accesslog.enabled': false })
  await app.request('/cas/login')
  assert.deepEqual(
    app.lines.map((line) => [line.level, line.msg]),
    [[40, 'slow request']],
  )
  const quiet = testApp(undefined, { 'server.tomcat.accesslog.enabled': false })
  await quiet.request('/cas/login')
  assert.deepEqual(quiet.lines, [])
})

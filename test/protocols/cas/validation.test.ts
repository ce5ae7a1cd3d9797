import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticationOf, START } from '../../sso/sso-parts.ts'
import { APP, casWorld, definition, returnAllowed } from './cas-world.ts'

const XML_ENDPOINTS = ['/serviceValidate', '/proxyValidate', '/p3/serviceValidate', '/p3/proxyValidate'] as const
const ENDPOINTS = ['/validate', ...XML_ENDPOINTS] as const

const student = (more: Parameters<typeof authenticationOf>[1] = {}) =>
  authenticationOf('casuser', { of: { cn: ['Case User'], mail: ['u1@example.org', 'u2@example.org'], phone: ['1'] }, ...more })

const failure = (code: string, description: string) =>
  `<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n    <cas:authenticationFailure code="${code}">${description}</cas:authenticationFailure>\n</cas:serviceResponse>`

test('a ticket becomes a user with the attributes that the definition releases, and no others [P4, A6]', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  const answer = await world.ask('/p3/serviceValidate', { service: APP, ticket })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/xml;charset=UTF-8')
  assert.equal(answer.headers.get('cache-control'), 'no-cache, no-store, max-age=0, must-revalidate')
  assert.equal(
    answer.body,
    `<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
    <cas:authenticationSuccess>
        <cas:user>casuser</cas:user>
        <cas:attributes>
            <cas:authenticationDate>2031-03-09T07:15:42.118Z</cas:authenticationDate>
            <cas:longTermAuthenticationRequestTokenUsed>false</cas:longTermAuthenticationRequestTokenUsed>
            <cas:isFromNewLogin>true</cas:isFromNewLogin>
            <cas:authenticationMethod>Static Credentials</cas:authenticationMethod>
            <cas:credentialType>UsernamePasswordCredential</cas:credentialType>
            <cas:cn>Case User</cas:cn>
            <cas:mail>u1@example.org</cas:mail>
            <cas:mail>u2@example.org</cas:mail>
        </cas:attributes>
    </cas:authenticationSuccess>
</cas:serviceResponse>
`,
  )
})

test('a ticket is good once at every endpoint, whatever endpoint comes second', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  for (const first of ENDPOINTS) {
    const ticket = await world.grant(session)
    const good = await world.ask(first, { service: APP, ticket })
    assert.match(good.body, first === '/validate' ? /^yes\ncasuser\n$/ : /<cas:user>casuser<\/cas:user>/)
    for (const second of XML_ENDPOINTS) {
      const again = await world.ask(second, { service: APP, ticket })
      assert.equal(again.status, 200)
      assert.equal(again.body, failure('INVALID_TICKET', `Ticket &#39;${ticket}&#39; not recognized`))
    }
    assert.equal((await world.ask('/validate', { service: APP, ticket })).body, 'no\n\n')
  }
})

test('of a hundred validations at once one succeeds', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  const asked = Array.from({ length: 100 }, (_, n) =>
    world.ask(ENDPOINTS[n % ENDPOINTS.length] ?? '/validate', {
      service: n % 7 === 3 ? 'https://app.example.org/other' : APP,
      ticket,
      ...(n % 5 ? {} : { renew: 'true' }),
    }),
  )
  const answers = await Promise.all(asked)
  const told = answers.filter(({ body }) => !body.includes('INVALID_TICKET') && body !== 'no\n\n')
  assert.ok(told.length <= 1)
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket })).code, 'INVALID_TICKET')
})

test('a ticket that is older than ten seconds is not recognized', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  const [inTime, late] = [await world.grant(session), await world.grant(session)]
  world.clock.advance(10_000)
  assert.match((await world.ask('/serviceValidate', { service: APP, ticket: inTime })).body, /casuser/)
  world.clock.advance(1)
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket: late })).code, 'INVALID_TICKET')
})

test('a ticket ends with its session', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  const ticket = await world.grant(session)
  await world.store.destroyTree(session, 'logout')
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket })).code, 'INVALID_TICKET')
})

test('a ticket presented for another service is spent, and the answer names no address', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()), { service: 'https://app.example.org/secret' })
  const wrong = await world.ask('/p3/serviceValidate', { service: APP, ticket })
  assert.equal(wrong.body, failure('INVALID_SERVICE', `Ticket &#39;${ticket}&#39; does not match supplied service.`))
  assert.equal((await world.ask('/p3/serviceValidate', { service: 'https://app.example.org/secret', ticket })).code, 'INVALID_TICKET')
  const line = world.lines.find((each) => each['event'] === 'wrong-service')
  assert.equal(line?.['issuedFor'], 'https://app.example.org/secret')
})

test('a ticket with several uses is gone after a validation that failed', async () => {
  const limits = {
    serviceTicketExpirationPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceServiceTicketExpirationPolicy',
      numberOfUses: 3,
      timeToLive: '60',
    },
  }
  await using world = await casWorld({ definitions: { 'A-1.json': definition(1, '^https://app\\.example\\.org.*', limits) } })
  const session = await world.openSession(student())
  const ticket = await world.grant(session)
  for (let use = 0; use < 3; use++) assert.match((await world.ask('/serviceValidate', { service: APP, ticket })).body, /casuser/)
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket })).code, 'INVALID_TICKET')
  const other = await world.grant(session)
  assert.equal((await world.ask('/serviceValidate', { service: `${APP}no`, ticket: other })).code, 'INVALID_SERVICE')
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket: other })).code, 'INVALID_TICKET')
})

test('a service that is removed between the grant and the validation is refused, and the ticket is spent [P3]', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  await world.remove('Application-1.json')
  await world.services.reload()
  const answer = await world.ask('/p3/serviceValidate', { service: APP, ticket })
  assert.equal(answer.status, 200)
  assert.equal(answer.body, failure('UNAUTHORIZED_SERVICE', ''))
  await world.write('Application-1.json', definition(1, '^https://app\\.example\\.org.*'))
  await world.services.reload()
  assert.equal((await world.ask('/p3/serviceValidate', { service: APP, ticket })).code, 'INVALID_TICKET')
})

test('a service that is disabled or has expired meanwhile is refused in the form of each endpoint [P5]', async () => {
  for (const change of [
    { accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false } },
    {
      expirationPolicy: {
        '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
        deleteWhenExpired: false,
        expirationDate: '2031-03-01',
      },
    },
  ]) {
    await using world = await casWorld()
    const session = await world.openSession(student())
    const tickets = await Promise.all([0, 1, 2].map(() => world.grant(session)))
    await world.write('Application-1.json', definition(1, '^https://app\\.example\\.org.*', change))
    await world.services.reload()
    const [one = '', two = '', three = ''] = tickets
    assert.equal((await world.ask('/serviceValidate', { service: APP, ticket: one })).body, failure('UNAUTHORIZED_SERVICE', ''))
    assert.equal((await world.ask('/validate', { service: APP, ticket: two })).body, 'no\n\n')
    const json = await world.ask('/p3/serviceValidate', { service: APP, ticket: three, format: 'JSON' })
    assert.deepEqual(JSON.parse(json.body), {
      serviceResponse: { authenticationFailure: { code: 'UNAUTHORIZED_SERVICE', description: '' } },
    })
  }
})

test('a user that the service does not admit any more is refused', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  const strategy = {
    '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
    requiredAttributes: { '@class': 'java.util.HashMap', memberOf: ['java.util.HashSet', ['admins']] },
  }
  await world.write('Application-1.json', definition(1, '^https://app\\.example\\.org.*', { accessStrategy: strategy }))
  await world.services.reload()
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket })).code, 'UNAUTHORIZED_SERVICE')
})

test('a rule about browsers does not keep the server of the application from validating', async () => {
  const accessStrategy = {
    '@class': 'org.apereo.cas.services.HttpRequestRegisteredServiceAccessStrategy',
    userAgent: 'Browser',
    ipAddress: '^10\\.',
  }
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  await world.write('Application-1.json', definition(1, '^https://app\\.example\\.org.*', { accessStrategy }))
  await world.services.reload()
  assert.match((await world.ask('/serviceValidate', { service: APP, ticket })).body, /casuser/)
})

test('a definition may admit some versions of the protocol only', async () => {
  const definitions = {
    'A-1.json': definition(1, '^https://app\\.example\\.org.*', { supportedProtocols: ['java.util.HashSet', ['CAS30']] }),
  }
  await using world = await casWorld({ definitions })
  const session = await world.openSession(student())
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket: await world.grant(session) })).code, 'UNAUTHORIZED_SERVICE')
  assert.equal((await world.ask('/validate', { service: APP, ticket: await world.grant(session) })).body, 'no\n\n')
  assert.match((await world.ask('/p3/serviceValidate', { service: APP, ticket: await world.grant(session) })).body, /casuser/)
})

test('a request without ticket or service is no request, and touches no ticket', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  const requests = [
    {},
    { service: APP },
    { ticket },
    { service: ' ', ticket },
    { service: APP, ticket: ' ' },
    { service: 'javascript:alert(1)', ticket },
  ]
  for (const parameters of requests) {
    for (const path of XML_ENDPOINTS) assert.equal((await world.ask(path, parameters)).body, failure('INVALID_REQUEST', ''))
    assert.equal((await world.ask('/validate', parameters)).body, 'no\n\n')
  }
  const json = await world.ask('/p3/serviceValidate', { format: 'JSON' })
  assert.equal(
    json.body,
    '{\n  "serviceResponse" : {\n    "authenticationFailure" : {\n      "code" : "INVALID_REQUEST",\n      "description" : ""\n    }\n  }\n}',
  )
  assert.match((await world.ask('/serviceValidate', { service: APP, ticket })).body, /casuser/)
})

test('the format is XML or JSON in any case; another word is refused in XML and touches no ticket', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  for (const format of ['yaml', 'xmljson', '1']) {
    const answer = await world.ask('/p3/serviceValidate', { service: APP, ticket, format })
    assert.equal(answer.body, failure('INVALID_REQUEST', ''))
    assert.equal(answer.headers.get('content-type'), 'application/xml;charset=UTF-8')
  }
  const json = await world.ask('/p3/serviceValidate', { service: APP, ticket, format: 'jSoN' })
  assert.equal(json.headers.get('content-type'), 'application/json;charset=UTF-8')
  assert.deepEqual(JSON.parse(json.body), {
    serviceResponse: {
      authenticationSuccess: {
        user: 'casuser',
        attributes: {
          authenticationDate: ['2031-03-09T07:15:42.118Z'],
          longTermAuthenticationRequestTokenUsed: [false],
          isFromNewLogin: [true],
          authenticationMethod: ['Static Credentials'],
          credentialType: ['UsernamePasswordCredential'],
          cn: ['Case User'],
          mail: ['u1@example.org', 'u2@example.org'],
        },
      },
    },
  })
})

test('a definition may choose JSON for callers that say nothing', async () => {
  const properties = {
    '@class': 'java.util.HashMap',
    validationResponseFormat: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty',
      values: ['java.util.HashSet', ['JSON']],
    },
  }
  await using world = await casWorld({ definitions: { 'A-1.json': definition(1, '^https://app\\.example\\.org.*', { properties }) } })
  const session = await world.openSession(student())
  const ask = async (more: object) =>
    (await world.ask('/serviceValidate', { service: APP, ticket: await world.grant(session), ...more })).body
  assert.match(await ask({}), /^\{/)
  assert.match(await ask({ format: 'XML' }), /^</)
  assert.equal((await world.ask('/validate', { service: APP, ticket: await world.grant(session) })).body, 'yes\ncasuser\n')
})

test('Accept does not choose the format', async () => {
  await using world = await casWorld()
  const response = await world.app.request('/cas/p3/serviceValidate', { headers: { accept: 'application/json' } })
  assert.equal(response.headers.get('content-type'), 'application/xml;charset=UTF-8')
})

test('renew wants a ticket of fresh credentials; another one is spent', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  const ask = async (renewed: boolean, renew: string) => {
    const ticket = await world.grant(session, { renewed })
    return { ticket, answer: await world.ask('/serviceValidate', { service: APP, ticket, renew }) }
  }
  for (const word of ['true', 'TRUE', '1', 'on', 'yes', 'anything']) {
    const { ticket, answer } = await ask(false, word)
    assert.equal(answer.body, failure('INVALID_TICKET', `Ticket &#39;${ticket}&#39; was not issued with freshly presented credentials`))
    assert.equal((await world.ask('/serviceValidate', { service: APP, ticket })).code, 'INVALID_TICKET')
    assert.match((await ask(true, word)).answer.body, /casuser/)
  }
  for (const word of ['', ' ', 'false', 'FALSE', '0', 'no', 'off']) assert.match((await ask(false, word)).answer.body, /casuser/, word)
  const plain = await world.ask('/validate', { service: APP, ticket: await world.grant(session), renew: 'true' })
  assert.equal(plain.body, 'no\n\n')
})

test('two addresses are the same service as CAS compares them', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['https://app.example.org/x', 'https://app.example.org/X', true],
    ['https://app.example.org/', 'https://app.example.org', false],
    ['https://app.example.org/x#/route', 'https://app.example.org/x', true],
    ['https://app.example.org/x?u=%C3%A9', 'https://app.example.org/x?u=é', true],
    ['https://app.example.org/x;jsessionid=1', 'https://app.example.org/x', true],
    ['https://app.example.org/x?b=1&a=2', 'https://app.example.org/x?a=2&b=1', false],
    ['https://app.example.org/', 'https://app.example.org/?', false],
    ['https://app.example.org/x?q=a+b', 'https://app.example.org/x?q=a%20b', true],
    ['https://app.example.org/x?q=%zz', 'https://app.example.org/x?q=%zz', false],
    ['https://app.example.org/x#', 'https://app.example.org/x', false],
  ]
  for (const [issued, presented, same] of rows) {
    const answer = await world.ask('/serviceValidate', { service: presented, ticket: await world.grant(session, { service: issued }) })
    assert.equal(answer.code, same ? undefined : 'INVALID_SERVICE', `${issued} and ${presented}`)
  }
})

test('path and query are compared exactly where the settings say so', async () => {
  await using world = await casWorld({ settings: { 'castellan.validation.strictServiceComparison': true } })
  const session = await world.openSession(student())
  const ask = async (presented: string) =>
    (
      await world.ask('/serviceValidate', {
        service: presented,
        ticket: await world.grant(session, { service: 'https://app.example.org/x' }),
      })
    ).code
  assert.equal(await ask('https://APP.example.org/x'), undefined)
  assert.equal(await ask('https://app.example.org/X'), 'INVALID_SERVICE')
})

test('targetService names the service before service does', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  const answer = await world.ask('/serviceValidate', { service: 'https://app.example.org/other', targetService: APP, ticket })
  assert.match(answer.body, /casuser/)
})

test('a validation may be posted, except to /validate', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  for (const path of XML_ENDPOINTS) {
    assert.match((await world.ask(path, { service: APP, ticket: await world.grant(session) }, 'POST')).body, /casuser/)
  }
  const plain = await world.ask('/validate', { service: APP, ticket: await world.grant(session) }, 'POST')
  assert.equal(plain.status, 405)
  assert.match(plain.headers.get('allow') ?? '', /GET/)
  assert.equal(plain.body, 'no\n\n')
})

test('a parameter that stands twice is refused in the language of the protocol, and the ticket stays', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  const service = encodeURIComponent(APP)
  for (const query of [`service=${service}&ticket=${ticket}&ticket=x`, `service=${service}&service=${service}&ticket=${ticket}`]) {
    const answer = await world.ask('/p3/serviceValidate', query)
    assert.equal(answer.status, 400)
    assert.equal(answer.code, 'INVALID_REQUEST')
    assert.equal((await world.ask('/validate', query)).body, 'no\n\n')
  }
  assert.match((await world.ask('/serviceValidate', { service: APP, ticket })).body, /casuser/)
})

test('ids that are no tickets come back escaped and cut', async () => {
  await using world = await casWorld()
  const shown = async (ticket: string) => (await world.ask('/serviceValidate', { service: APP, ticket })).body
  assert.equal(await shown('ST-1-<x>"&\''), failure('INVALID_TICKET', 'Ticket &#39;ST-1-&lt;x&gt;&quot;&amp;&#39;&#39; not recognized'))
  assert.equal(await shown('zzz'), failure('INVALID_TICKET', 'Ticket &#39;zzz&#39; not recognized'))
  assert.equal(await shown(`ST-${'x'.repeat(5000)}`), failure('INVALID_TICKET', `Ticket &#39;ST-${'x'.repeat(253)}&#39; not recognized`))
  assert.match(await shown('ST-1-\ud83d'), /INVALID_TICKET/)
  for (const ticket of ['TGT-1-x', 'PT-1-x', '../../etc/passwd', '__proto__', 'ST-1-%00'])
    assert.match(await shown(ticket), /INVALID_TICKET/)
})

test('the id of a session is no service ticket, and the session survives the attempt', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  assert.equal((await world.ask('/serviceValidate', { service: APP, ticket: session })).code, 'INVALID_TICKET')
  assert.ok(await world.sso.load(session))
})

test('a user name or an attribute cannot become markup or a line of its own', async () => {
  await using world = await casWorld()
  const evil = authenticationOf('x</cas:user><cas:user>admin\nyes', { of: { cn: ['</cas:cn><cas:memberOf>admins</cas:memberOf>'] } })
  const session = await world.openSession(evil)
  const xml = (await world.ask('/p3/serviceValidate', { service: APP, ticket: await world.grant(session) })).body
  assert.equal(xml.match(/<cas:user>/g)?.length, 1)
  assert.equal(xml.includes('<cas:memberOf>'), false)
  const text = (await world.ask('/validate', { service: APP, ticket: await world.grant(session) })).body
  assert.equal(text, 'yes\nx</cas:user><cas:user>adminyes\n')
  const json = await world.ask('/p3/serviceValidate', { service: APP, ticket: await world.grant(session), format: 'JSON' })
  assert.equal(JSON.parse(json.body).serviceResponse.authenticationSuccess.user, 'x</cas:user><cas:user>admin\nyes')
})

test('an attribute of the user does not pass for a fact of the login', async () => {
  const all = { attributeReleasePolicy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' } }
  await using world = await casWorld({ definitions: { 'A-1.json': definition(1, '^https://app\\.example\\.org.*', all) } })
  const session = await world.openSession(
    authenticationOf('casuser', { of: { isFromNewLogin: ['true'], authenticationDate: ['1999-01-01'] } }),
  )
  await world.grant(session)
  const { body } = await world.ask('/p3/serviceValidate', { service: APP, ticket: await world.grant(session) })
  assert.equal(body.match(/<cas:isFromNewLogin>/g)?.length, 1)
  assert.match(body, /<cas:isFromNewLogin>false</)
  assert.equal(body.includes('1999'), false)
})

test('facts of the login follow the settings and the definition', async () => {
  const client = { clientIpAddress: ['192.0.2.7'], userAgent: ['Browser/1'], credentialType: ['UsernamePasswordCredential'] }
  const names = async (settings: object, more: object = {}) => {
    const definitions = { 'A-1.json': definition(1, '^https://app\\.example\\.org.*', more) }
    await using world = await casWorld({ settings: settings as never, definitions })
    const ticket = await world.grant(await world.openSession(authenticationOf('casuser', { attributes: client })))
    const { body } = await world.ask('/p3/serviceValidate', { service: APP, ticket })
    return [...body.matchAll(/<cas:(\w+)>[^<\n]+</g)].map(([, name]) => name).filter((name) => name !== 'user')
  }
  const release = 'cas.authn.authenticationAttributeRelease'
  const always = ['authenticationDate', 'longTermAuthenticationRequestTokenUsed', 'isFromNewLogin']
  assert.deepEqual(await names({}), [...always, 'credentialType'])
  assert.deepEqual(await names({ [`${release}.enabled`]: false }), [])
  assert.deepEqual(await names({ [`${release}.onlyRelease`]: ['authenticationDate', 'clientIpAddress'] }), [
    'authenticationDate',
    'clientIpAddress',
  ])
  assert.deepEqual(await names({ [`${release}.neverRelease`]: ['authenticationDate', 'credentialType'] }), always.slice(1))
  const none = {
    attributeReleasePolicy: {
      '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
      authorizedToReleaseAuthenticationAttributes: false,
      allowedAttributes: ['java.util.ArrayList', []],
    },
  }
  assert.deepEqual(await names({}, none), [])
})

test('without the compatibility of version 3 only /p3 carries attributes', async () => {
  await using world = await casWorld({ settings: { 'cas.view.cas2.v3ForwardCompatible': false } })
  const session = await world.openSession(student())
  const has = async (path: string) =>
    (await world.ask(path, { service: APP, ticket: await world.grant(session) })).body.includes('cas:attributes')
  assert.deepEqual(await Promise.all(XML_ENDPOINTS.map(has)), [false, false, true, true])
})

test('the two lines of CAS 1.0 may be followed by attributes', async () => {
  await using world = await casWorld({ settings: { 'cas.view.cas1.attributeRendererType': 'VALUES_PER_LINE' } })
  const ticket = await world.grant(await world.openSession(student()))
  const { body, headers } = await world.ask('/validate', { service: APP, ticket })
  assert.equal(headers.get('content-type'), 'text/plain;charset=UTF-8')
  assert.match(body, /^yes\ncasuser\nauthenticationDate=.*\n(?:.*\n)*cn=Case User\nmail=u1@example\.org,u2@example\.org\n$/)
})

test('a long-term session says so at every endpoint that carries attributes', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student({ attributes: { longTermAuthenticationRequestTokenUsed: [true] } }))
  for (const path of XML_ENDPOINTS) {
    const { body } = await world.ask(path, { service: APP, ticket: await world.grant(session) })
    assert.match(body, /<cas:longTermAuthenticationRequestTokenUsed>true</)
  }
})

test('the date is that of the login, not of the ticket', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student({ authenticatedAtMs: START - 5000 }))
  const { body } = await world.ask('/p3/serviceValidate', { service: APP, ticket: await world.grant(session) })
  assert.match(body, /<cas:authenticationDate>2031-03-09T07:15:37\.118Z</)
})

test('whoever asks for a proxy-granting ticket is refused and the ticket is spent, unless proxying is switched off', async () => {
  await using world = await casWorld()
  const session = await world.openSession(student())
  const pgtUrl = 'https://app.example.org/pgt'
  for (const path of XML_ENDPOINTS) {
    const ticket = await world.grant(session)
    assert.equal((await world.ask(path, { service: APP, ticket, pgtUrl })).code, 'UNAUTHORIZED_SERVICE_PROXY')
    assert.equal((await world.ask(path, { service: APP, ticket })).code, 'INVALID_TICKET')
    assert.match((await world.ask(path, { service: APP, ticket: await world.grant(session), pgtUrl: '' })).body, /casuser/)
  }
  assert.equal((await world.ask('/validate', { service: APP, ticket: await world.grant(session), pgtUrl })).body, 'yes\ncasuser\n')
  await using without = await casWorld({ settings: { 'cas.sso.proxyAuthnEnabled': false } })
  const ticket = await without.grant(await without.openSession(student()))
  assert.match((await without.ask('/serviceValidate', { service: APP, ticket, pgtUrl })).body, /casuser/)
})

test('an authentication context that the login has not passed fails the validation', async () => {
  await using world = await casWorld()
  const plain = await world.openSession(student())
  const strong = await world.openSession(student({ attributes: { authnContextClass: ['mfa-simple'] } }))
  const ask = async (session: string) =>
    (await world.ask('/p3/serviceValidate', { service: APP, ticket: await world.grant(session), authn_method: 'mfa-simple' })).code
  assert.equal(await ask(plain), 'INVALID_AUTHENTICATION_CONTEXT')
  assert.equal(await ask(strong), undefined)
})

test('while the tickets cannot be read the answer is 503 and not that the ticket is bad', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  world.breakStore(true)
  const xml = await world.ask('/p3/serviceValidate', { service: APP, ticket })
  assert.deepEqual([xml.status, xml.code, xml.headers.get('retry-after')], [503, 'INTERNAL_ERROR', '7'])
  const json = await world.ask('/p3/serviceValidate', { service: APP, ticket, format: 'JSON' })
  assert.deepEqual([json.status, json.code], [503, 'INTERNAL_ERROR'])
  const text = await world.ask('/validate', { service: APP, ticket })
  assert.deepEqual([text.status, text.body], [503, 'no\n\n'])
  world.breakStore(false)
  assert.match((await world.ask('/p3/serviceValidate', { service: APP, ticket })).body, /casuser/)
})

test('every validation stands in the audit trail, without the ticket', async () => {
  await using world = await casWorld()
  const ticket = await world.grant(await world.openSession(student()))
  await world.ask('/serviceValidate', { service: APP, ticket })
  await world.ask('/serviceValidate', { service: APP, ticket })
  const records = world.audit.records.filter(({ action }) => action.startsWith('SERVICE_TICKET_VALIDATE'))
  assert.deepEqual(
    records.map(({ action, who }) => [action, who]),
    [
      ['SERVICE_TICKET_VALIDATE_SUCCESS', 'casuser'],
      ['SERVICE_TICKET_VALIDATE_FAILED', 'audit:unknown'],
    ],
  )
  assert.match(records[1]?.what ?? '', /: INVALID_TICKET$/)
  assert.equal(JSON.stringify([world.audit.records, world.lines]).includes(ticket), false)
})

test('definitions of the old class are services like others [P2]', async () => {
  const old = {
    ...definition(1, '^https://app\\.example\\.org.*', returnAllowed('cn')),
    '@class': 'org.apereo.cas.services.RegexRegisteredService',
  }
  await using world = await casWorld({ definitions: { 'Old-1.json': old } })
  const ticket = await world.grant(await world.openSession(student()))
  assert.match((await world.ask('/serviceValidate', { service: APP, ticket })).body, /<cas:cn>Case User</)
})

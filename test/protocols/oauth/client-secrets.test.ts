// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of definitions
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually, filesBelow } from '../../support/castellan.ts'
import { answerOf, basic, oauthClient, postForm } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth, START } from './oauth-world.ts'

const entry = (value: string, expiration?: number | string) => ({
  '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredServiceClientSecret',
  value,
  ...(expiration === undefined ? {} : { expiration }),
})
const several = (id: number, clientId: string, ...entries: readonly object[]) => ({
  ...oauthClient(id, clientId),
  clientSecret: undefined,
  clientSecrets: ['java.util.ArrayList', entries],
})
const OVER = 1_700_000_000
const status = async ({ url }: OAuthWorld, clientId: string, secret: string) =>
  (await postForm(`${url}/oauth2.0/token`, { grant_type: 'client_credentials', client_id: clientId, client_secret: secret })).status
const said = ({ lines }: OAuthWorld, level: string, about: string) =>
  lines.filter((line) => line.level === level && line.message.includes(about))

describe('a secret that stands elsewhere', () => {
  let world: OAuthWorld
  before(async () => {
    world = await openOAuth({
      env: {
        SHOP_SECRET: 'from the environment',
        HASHED: '{cas-hash}{noop}hashed',
        BLANK: '',
        NESTED: '${SHOP_SECRET}',
      },
      services: {
        'A-1.json': oauthClient(1, 'placeholder', { clientSecret: '${SHOP_SECRET}' }),
        'B-2.json': oauthClient(2, 'expression', { clientSecret: "${#environmentVars['SHOP_SECRET']}" }),
        'C-3.json': oauthClient(3, 'hash', { clientSecret: "#{systemEnvironment['HASHED']}" }),
        'D-4.json': oauthClient(4, 'missing', { clientSecret: '${NOT_SET}' }),
        'E-5.json': oauthClient(5, 'blank', { clientSecret: "${#environmentVars['BLANK']}" }),
        'F-6.json': oauthClient(6, 'code', { clientSecret: '${T(java.lang.Runtime).getRuntime()}' }),
        'G-7.json': oauthClient(7, 'once', { clientSecret: '${NESTED}' }),
        'H-8.json': oauthClient(8, 'literal', { clientSecret: '\\${kept}' }),
        'I-9.json': oauthClient(9, 'setting', { clientSecret: '${cas.authn.accept.users}' }),
        'J-10.json': several(10, 'listed', entry('${SHOP_SECRET}')),
      },
    })
  })
  after(() => world?.[Symbol.asyncDispose]())

  test('is that of the environment, clear or hashed', async () => {
    for (const clientId of ['placeholder', 'expression', 'listed']) {
      assert.equal(await status(world, clientId, 'from the environment'), 200, clientId)
      assert.equal(await status(world, clientId, '${SHOP_SECRET}'), 401, clientId)
    }
    assert.equal(await status(world, 'hash', 'hashed'), 200)
    assert.equal(await status(world, 'literal', '${kept}'), 200)
  })

  test('never matches when it cannot be filled in, whatever is sent, and the log says why without quoting anything', async () => {
    for (const [clientId, ...tries] of [
      ['missing', '${NOT_SET}', 'NOT_SET', ''],
      ['blank', '', "${#environmentVars['BLANK']}"],
      ['code', '${T(java.lang.Runtime).getRuntime()}'],
      // What a variable holds is data.
      ['once', 'from the environment'],
      // Whoever may write definitions cannot find out what settings hold.
      ['setting', 'ada::pw,grace::pw', '${cas.authn.accept.users}'],
    ] as const) {
      for (const secret of tries) assert.equal(await status(world, clientId, secret), 401, `${clientId} ${secret}`)
    }
    assert.equal(await status(world, 'once', '${SHOP_SECRET}'), 200)
    const problems = said(world, 'error', 'never matches')
    assert.deepEqual(
      problems.map(({ fields }) => fields['client']),
      ['missing', 'blank', 'code', 'setting'],
    )
    assert.match(problems[0]?.message ?? '', /names NOT_SET, which is not set in the environment/)
  })
})

describe('secrets that end', () => {
  const OPERATOR = {
    'spring.security.user.name': 'operator',
    'spring.security.user.password': 'of the bench',
    'management.endpoints.web.exposure.include': 'oauthClientSecrets',
    'management.endpoint.oauthClientSecrets.access': 'UNRESTRICTED',
    'cas.monitor.endpoints.endpoint.oauthClientSecrets.access': 'AUTHENTICATED',
  }
  const open = (removes: boolean, services: Readonly<Record<string, object>>) =>
    openOAuth({ services, properties: { ...OPERATOR, 'castellan.oauth.remove-expired-client-secrets': removes } })
  /** Everything that stands in the folder of definitions; a save may give a file another name. */
  const stored = async ({ directory }: OAuthWorld) => {
    const folder = join(directory, 'services')
    const texts = (await filesBelow(folder, '.json'))
      .filter((name) => !name.startsWith('.'))
      .map((name) => readFile(join(folder, name), 'utf8').catch(() => ''))
    return (await Promise.all(texts)).join('\n')
  }

  test('are said to end soon, once, when they are used', async () => {
    const day = 86_400
    const soon = START / 1000 + 10 * day
    await using world = await open(false, { 'A-1.json': several(1, 'a', entry('soon', soon), entry('later', soon + 30 * day)) })
    for (const secret of ['later', 'soon', 'soon']) assert.equal(await status(world, 'a', secret), 200)
    const warnings = said(world, 'warn', 'ends soon')
    assert.deepEqual(
      warnings.map(({ fields }) => fields),
      [{ client: 'a', ends: new Date(soon * 1000).toISOString() }],
    )
  })

  test('stay in the definition when they are over, unless the operator wants them removed', async () => {
    await using world = await open(false, { 'A-1.json': several(1, 'a', entry('in force'), entry('over', OVER)) })
    const before = await stored(world)
    assert.equal(await status(world, 'a', 'in force'), 200)
    assert.equal(await stored(world), before)
  })

  test('are removed when the client is met, and what else the definition says stays', async () => {
    await using world = await open(true, {
      'A-1.json': { ...several(1, 'a', entry('over', OVER), entry('in force'), entry('over too', '2020-01-01')), description: 'Kept.' },
    })
    assert.deepEqual([await status(world, 'a', 'in force'), await status(world, 'a', 'over')], [200, 401])
    const definition = await eventually('the definition without them', async () => {
      const text = await stored(world)
      return text === '' || text.includes('over') ? undefined : text
    })
    assert.match(definition, /in force/)
    assert.match(definition, /Kept\./)
    assert.equal(await status(world, 'a', 'in force'), 200)
    assert.deepEqual(
      said(world, 'info', 'were removed').map(({ fields }) => fields['removed']),
      [2],
    )
  })

  test('the last one stays, or everybody could be this client', async () => {
    await using world = await open(true, { 'A-1.json': several(1, 'a', entry('first', OVER), entry('last', OVER + 1)) })
    assert.equal(await status(world, 'a', 'last'), 401)
    await eventually('one secret less', async () => {
      const text = await stored(world)
      return text === '' || text.includes('first') ? undefined : true
    })
    assert.match(await stored(world), /last/)
    for (const secret of ['', 'anything', 'last']) assert.equal(await status(world, 'a', secret), 401)
    // A public client would get as far as the page of the login.
    const url = `${world.url}/oauth2.0/authorize?${new URLSearchParams({ response_type: 'code', client_id: 'a', redirect_uri: 'https://a.example.org/cb' })}`
    assert.match((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '', /\/login\?service=/)
  })

  test('a removal and a rotation at once lose no new secret', async () => {
    await using world = await open(true, { 'A-1.json': several(1, 'a', entry('in force'), entry('over', OVER)) })
    const rotate = async () =>
      answerOf(
        await fetch(`${world.url}/actuator/oauthClientSecrets/a`, { method: 'POST', headers: { ...basic('operator', 'of the bench') } }),
      )
    const answers = await Promise.all([status(world, 'a', 'in force'), rotate(), rotate(), status(world, 'a', 'in force')])
    const rotated = [answers[1], answers[2]].filter((answer) => answer.status === 200)
    for (const each of [answers[1], answers[2]]) assert.ok(each.status === 200 || each.status === 409, each.text)
    assert.ok(rotated.length > 0)
    const last = rotated.at(-1)?.json['clientSecrets'] as readonly { readonly value: string }[]
    // Of two operators one has to look again; whose secrets were shown last, those count.
    const working = await Promise.all(
      rotated.map(async ({ json }) => {
        const values = (json['clientSecrets'] as readonly { readonly value: string }[]).map(({ value }) => value)
        return Promise.all(values.map((value) => status(world, 'a', value)))
      }),
    )
    assert.ok(last.length > 0)
    assert.ok(working.some((each) => each.every((one) => one === 200)))
  })
})

test('a client whose secrets cannot be read is no public client', async () => {
  const { clientSecret: _, ...without } = oauthClient(1, 'torn') as Readonly<Record<string, unknown>>
  const classOnly = { '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredServiceClientSecret' }
  await using world = await openOAuth({
    services: {
      'Torn-1.json': { ...without, clientSecrets: [{ ...classOnly, valeu: 'x' }] },
      'Listed-2.json': oauthClient(2, 'listed', { supportedGrantTypes: ['java.util.HashSet', ['']] }),
    },
  })
  const password = { grant_type: 'password', username: 'ada', password: 'pw', client_id: 'torn' }
  for (const secret of ['', 'x', 'anything']) {
    const answer = await postForm(`${world.url}/oauth2.0/token`, { ...password, client_secret: secret })
    assert.equal(answer.status, secret === '' ? 200 : 401, secret)
  }
  assert.equal(await status(world, 'torn', 'x'), 401)
  // A list with nothing but blanks is a list.
  assert.equal(await status(world, 'listed', 'secret of listed'), 400)
})

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type Answer,
  answerOf,
  basic,
  codeFor,
  exchange,
  type Fields,
  oauthClient,
  postForm,
  profile,
  redirectOf,
  refresh,
} from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth, START } from './oauth-world.ts'

const USERS = {
  'cas.authn.attribute-repository.stub.attributes.mail': 'u1@example.org,u2@example.org',
  'cas.authn.attribute-repository.stub.attributes.cn': 'Case User',
  'cas.authn.attribute-repository.stub.attributes.sn': '<User> & "Co"',
}
const releases = (...names: string[]) => ({
  attributeReleasePolicy: {
    '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
    allowedAttributes: ['java.util.ArrayList', names],
  },
})
const bare = { authorizedToReleaseAuthenticationAttributes: false }
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
let world: OAuthWorld

before(async () => {
  const mail = releases('mail', 'cn')
  world = await openOAuth({
    properties: USERS,
    services: {
      'Shop-1.json': oauthClient(1, 'shop', {
        generateRefreshToken: true,
        attributeReleasePolicy: { ...mail.attributeReleasePolicy, ...bare },
      }),
      'Flat-2.json': oauthClient(2, 'flat', {
        userProfileViewType: 'FLAT',
        attributeReleasePolicy: { ...mail.attributeReleasePolicy, ...bare },
      }),
      'Facts-3.json': oauthClient(3, 'facts'),
      'Named-4.json': oauthClient(4, 'named', {
        usernameAttributeProvider: {
          '@class': 'org.apereo.cas.services.PrincipalAttributeRegisteredServiceUsernameProvider',
          usernameAttribute: 'cn',
        },
        ...releases('cn'),
      }),
      'Spa-5.json': oauthClient(5, 'spa', { clientSecret: '' }),
      'Broker-6.json': oauthClient(6, 'broker', {
        supportedGrantTypes: ['java.util.HashSet', [EXCHANGE, 'client_credentials']],
        scopes: ['java.util.HashSet', ['read', 'write']],
        tokenExchangePolicy: {
          '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthTokenExchangePolicy',
          allowedResources: ['java.util.HashSet', ['https://api\\.example\\.org/.*']],
          allowedAudience: ['java.util.HashSet', ['api']],
        },
      }),
      'Off-8.json': oauthClient(8, 'off', {
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false },
      }),
      'Strict-7.json': oauthClient(7, 'strict', {
        properties: {
          '@class': 'java.util.HashMap',
          oauthSecurityProfile: {
            '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty',
            values: ['java.util.HashSet', ['rfc9700']],
          },
        },
      }),
    },
  })
})
after(() => world?.[Symbol.asyncDispose]())

const tokens = async (clientId: string, more: Fields = {}) =>
  (await exchange(world.url, clientId, await codeFor(world.url, clientId, more))).json
const at = (path: string) => `${world.url}/oauth2.0/${path}`
const says = ({ status, json }: Answer) => [status, json['error']]
const introspect = (token: unknown, clientId = 'shop') =>
  postForm(at('introspect'), { token: String(token) }, basic(clientId, `secret of ${clientId}`))
const revoke = (token: unknown, fields: Fields = { client_id: 'shop', client_secret: 'secret of shop' }) =>
  postForm(at('revoke'), { token: String(token), ...fields })

describe('/profile', () => {
  test('the profile of the holder, as JSON, by the parameter access_token [S3-4]', async () => {
    const { access_token } = await tokens('shop')
    const answer = await profile(world.url, access_token)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'application/json;charset=UTF-8')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(
      answer.text,
      '{"service":"https://shop.example.org/cb","attributes":{"mail":["u1@example.org","u2@example.org"],"cn":"Case User"},"id":"ada","client_id":"shop"}',
    )
  })

  test('an attribute that the definition does not release is not there [S3-14, A21]', async () => {
    const { attributes } = (await profile(world.url, (await tokens('shop'))['access_token'])).json
    assert.deepEqual(Object.keys(attributes as object), ['mail', 'cn'])
  })

  test('FLAT lifts the attributes, and the members of the server win', async () => {
    const { access_token } = await tokens('flat')
    assert.deepEqual((await profile(world.url, access_token)).json, {
      mail: ['u1@example.org', 'u2@example.org'],
      cn: 'Case User',
      client_id: 'flat',
      service: redirectOf('flat'),
      id: 'ada',
    })
  })

  test('the view of the settings holds for definitions that have none, single values may be lists', async () => {
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: {
        'cas.authn.oauth.userProfileViewType': 'FLAT',
        'castellan.oauth.user-profile.always-arrays': 'flat',
        'cas.authn.authentication-attribute-release.only-release': 'isFromNewLogin',
      },
    })
    const { access_token } = (await exchange(own.url, 'shop', await codeFor(own.url, 'shop'))).json
    assert.deepEqual((await profile(own.url, access_token)).json, {
      isFromNewLogin: [true],
      client_id: 'shop',
      service: redirectOf('shop'),
      id: 'ada',
    })
  })

  test('facts of the login and the authorization go along by default, those of the browser do not', async () => {
    const { attributes } = (await profile(world.url, (await tokens('facts', { scope: 'profile' }))['access_token'])).json
    assert.deepEqual(attributes, {
      authenticationDate: new Date(START).toISOString(),
      isFromNewLogin: true,
      longTermAuthenticationRequestTokenUsed: false,
      client_id: 'facts',
      oauthClientId: 'facts',
      grant_type: 'authorization_code',
      scope: 'profile',
      credentialType: 'UsernamePasswordCredential',
      authenticationMethod: 'Static Credentials',
      successfulAuthenticationHandlers: 'Static Credentials',
    })
    await using own = await openOAuth({
      services: { 'Facts-1.json': oauthClient(1, 'facts') },
      properties: { 'cas.authn.oauth.access-token.release-protocol-attributes': false },
    })
    const { access_token } = (await exchange(own.url, 'facts', await codeFor(own.url, 'facts'))).json
    assert.deepEqual((await profile(own.url, access_token)).json['attributes'], {})
  })

  test('the id is the name by which the client knows the user', async () => {
    assert.equal((await profile(world.url, (await tokens('named'))['access_token'])).json['id'], 'Case User')
  })

  test('the token may come in the header, in any case, in the parameter token, or in the body', async () => {
    const token = String((await tokens('shop'))['access_token'])
    const answers = [
      await fetch(at('profile'), { headers: { authorization: `bearer ${token}` } }),
      await fetch(`${at('profile')}?token=${token}`),
      await fetch(at('profile'), { method: 'POST', body: new URLSearchParams({ access_token: token }) }),
      await fetch(`${at('profile')}?access_token=${token}`, { headers: { authorization: `Bearer ${token}` } }),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    const two = await fetch(`${at('profile')}?access_token=${token}`, { headers: { authorization: 'Bearer AT-1-other' } })
    assert.deepEqual(says(await answerOf(two)), [400, 'invalid_request'])
  })

  test('no token and a dead one have the names of CAS and the challenge of RFC 6750', async () => {
    const none = await answerOf(await fetch(at('profile')))
    assert.deepEqual(none.json, { error: 'missing_accessToken', error_description: 'Unauthorized' })
    assert.deepEqual([none.status, none.headers.get('www-authenticate')], [401, 'Bearer realm="cas"'])
    for (const token of ['AT-bad', 'AT-1-nobody', 'zzz', 'a.b.c', `AT-${'x'.repeat(7000)}`, '\u0000']) {
      const dead = await profile(world.url, token)
      assert.deepEqual(dead.json, { error: 'expired_accessToken', error_description: 'Unauthorized' })
      assert.match(dead.headers.get('www-authenticate') ?? '', /^Bearer realm="cas", error="invalid_token"/)
    }
    assert.deepEqual(says(await answerOf(await fetch(at('profile'), { headers: basic('shop', 'secret of shop') }))), [
      401,
      'missing_accessToken',
    ])
  })

  test('a token made by a refresh has the client as its service', async () => {
    const { refresh_token } = await tokens('shop')
    const again = await refresh(world.url, 'shop', refresh_token)
    assert.equal((await profile(world.url, again.json['access_token'])).json['service'], 'shop')
  })
})

describe('/introspect', () => {
  test('an access token: the members of CAS in its order, and those of the RFC', async () => {
    const { access_token } = await tokens('shop', { scope: 'write read' })
    const answer = await introspect(access_token)
    const iat = START / 1000
    assert.deepEqual(answer.json, {
      token: access_token,
      active: true,
      sub: 'ada',
      scope: 'read write',
      iat,
      exp: iat + 28_800,
      realmName: 'Static Credentials',
      uniqueSecurityName: 'ada',
      tokenType: 'Bearer',
      aud: redirectOf('shop'),
      client_id: 'shop',
      grant_type: 'authorization_code',
      cnf: {},
      token_type: 'Bearer',
      username: 'ada',
      jti: access_token,
      nbf: iat,
    })
    assert.deepEqual(Object.keys(answer.json).slice(0, 13), [
      ...['token', 'active', 'sub', 'scope', 'iat', 'exp', 'realmName', 'uniqueSecurityName', 'tokenType', 'aud', 'client_id'],
      ...['grant_type', 'cnf'],
    ])
  })

  test('a refresh token, a token of the client itself, a token without scopes', async () => {
    const { refresh_token } = await tokens('shop')
    const refreshed = (await introspect(refresh_token)).json
    assert.deepEqual([refreshed['active'], refreshed['scope'], 'grant_type' in refreshed], [true, 'CAS', false])
    const machine = await postForm(at('token'), { grant_type: 'client_credentials', client_id: 'shop', client_secret: 'secret of shop' })
    const { sub, aud, ...rest } = (await introspect(machine.json['access_token'])).json
    assert.deepEqual([sub, aud, 'realmName' in rest], ['shop', 'shop', false])
  })

  test('what does not live is inactive, and says nothing else', async () => {
    for (const token of ['AT-1-x', 'zzz', 'RT-1-x', 'TGT-1-x', 'a.b.c', 'x'.repeat(8000)]) {
      const answer = await introspect(token)
      assert.deepEqual([answer.status, answer.text], [200, '{"active":false,"scope":"CAS","cnf":{}}'])
    }
  })

  test('only Basic counts; another client may ask, but not one of the strict profile', async () => {
    const { access_token } = await tokens('shop')
    for (const answer of [
      await postForm(at('introspect'), { token: String(access_token) }),
      await postForm(at('introspect'), { token: String(access_token) }, basic('shop', 'x')),
      await postForm(at('introspect'), { token: String(access_token), client_id: 'shop', client_secret: 'secret of shop' }),
    ]) {
      assert.deepEqual(says(answer), [401, 'invalid_client'])
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic/)
    }
    assert.deepEqual(says(await postForm(at('introspect'), {}, basic('shop', 'secret of shop'))), [400, 'missing_accessToken'])
    const off = await introspect(access_token, 'off')
    assert.deepEqual([...says(off), off.headers.get('www-authenticate')], [401, 'unauthorized_client', 'Basic realm="cas"'])
    assert.equal((await introspect(access_token, 'flat')).json['active'], true)
    assert.equal((await introspect(access_token, 'strict')).json['active'], false)
    const get = await fetch(`${at('introspect')}?token=${access_token}`, { headers: basic('shop', 'secret of shop') })
    assert.equal(get.status, 200)
  })

  test('asking is no use of the token', async () => {
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: { 'cas.authn.oauth.access-token.time-to-kill-in-seconds': 10 },
    })
    const { access_token } = (await exchange(own.url, 'shop', await codeFor(own.url, 'shop'))).json
    const active = async () =>
      (await postForm(`${own.url}/oauth2.0/introspect`, { token: String(access_token) }, basic('shop', 'secret of shop'))).json['active']
    own.after(9)
    assert.equal(await active(), true)
    own.after(2)
    assert.equal(await active(), false)
  })
})

describe('/revoke', () => {
  test('a refresh token takes its access tokens with it; an access token goes alone', async () => {
    const { access_token, refresh_token } = await tokens('shop')
    const second = (await refresh(world.url, 'shop', refresh_token)).json['access_token']
    const one = await revoke(access_token)
    assert.deepEqual([one.status, one.text], [200, '{}'])
    assert.equal((await profile(world.url, access_token)).status, 401)
    assert.equal((await profile(world.url, second)).status, 200)
    assert.equal((await revoke(refresh_token)).status, 200)
    assert.equal((await profile(world.url, second)).status, 401)
    assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 400)
  })

  test('who may, and what', async () => {
    const { access_token } = await tokens('shop')
    const flat = { client_id: 'flat', client_secret: 'secret of flat' }
    assert.deepEqual(says(await revoke(access_token, flat)), [400, 'invalid_request'])
    assert.deepEqual(says(await revoke(access_token, { client_id: 'shop', client_secret: 'x' })), [401, 'invalid_client'])
    assert.deepEqual(says(await revoke(access_token, { client_id: 'shop' })), [401, 'invalid_client'])
    assert.deepEqual(says(await revoke('')), [400, 'invalid_request'])
    assert.deepEqual(says(await revoke(await codeFor(world.url, 'shop'))), [400, 'invalid_request'])
    for (const nothing of ['AT-1-x', 'RT-1-x', 'zzz', 'ST-1-x']) assert.deepEqual(says(await revoke(nothing)), [200, undefined])
    assert.equal((await revoke('AT-1-x', { client_id: 'spa' })).status, 200)
    assert.equal((await profile(world.url, access_token)).status, 200)
    assert.equal((await fetch(at('revoke'))).status, 405)
  })

  test('access tokens that are not tracked live on', async () => {
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop', { generateRefreshToken: true }) },
      properties: { 'cas.authn.oauth.refresh-token.track-access-tokens': false },
    })
    const { access_token, refresh_token } = (await exchange(own.url, 'shop', await codeFor(own.url, 'shop'))).json
    const client = { client_id: 'shop', client_secret: 'secret of shop' }
    await postForm(`${own.url}/oauth2.0/revoke`, { token: String(refresh_token), ...client })
    assert.equal((await profile(own.url, access_token)).status, 200)
    assert.equal((await refresh(own.url, 'shop', refresh_token)).status, 400)
  })
})

describe('token exchange', () => {
  const swap = (fields: Fields) =>
    postForm(at('token'), {
      grant_type: EXCHANGE,
      client_id: 'broker',
      client_secret: 'secret of broker',
      subject_token_type: ACCESS,
      ...fields,
    })

  test('an access token for another one, of the same user, with no more scopes and no longer life', async () => {
    const { access_token } = await tokens('shop', { scope: 'read admin' })
    world.after(60)
    const answer = await swap({ subject_token: String(access_token), audience: 'api', scope: 'read write' })
    assert.deepEqual(
      [answer.status, answer.json['issued_token_type'], answer.json['scope'], answer.json['expires_in'], 'refresh_token' in answer.json],
      [200, ACCESS, 'read', 28_740, false],
    )
    assert.equal((await profile(world.url, answer.json['access_token'])).json['id'], 'ada')
    const { aud, grant_type } = (await introspect(answer.json['access_token'])).json
    assert.deepEqual([aud, grant_type], ['api', EXCHANGE])
  })

  test('on behalf of: the one who acts is named, and who acted before', async () => {
    const subject = (await tokens('shop', { scope: 'read' }))['access_token']
    const machine = async () =>
      (await postForm(at('token'), { grant_type: 'client_credentials', client_id: 'broker', client_secret: 'secret of broker' })).json[
        'access_token'
      ]
    const actor = { actor_token: String(await machine()), actor_token_type: ACCESS }
    const one = await swap({ subject_token: String(subject), ...actor })
    assert.deepEqual((await introspect(one.json['access_token'])).json['act'], { sub: 'broker' })
    const two = await swap({ subject_token: String(one.json['access_token']), ...actor })
    assert.deepEqual((await introspect(two.json['access_token'])).json['act'], { sub: 'broker', act: { sub: 'broker' } })
  })

  test('what is refused', async () => {
    const subject_token = String((await tokens('shop'))['access_token'])
    const rows: readonly (readonly [Fields, string])[] = [
      [{}, 'invalid_request'],
      [{ subject_token, subject_token_type: '' }, 'invalid_request'],
      [{ subject_token, subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_request'],
      [{ subject_token: 'AT-1-x' }, 'invalid_request'],
      [{ subject_token, actor_token: subject_token }, 'invalid_request'],
      [{ subject_token, actor_token_type: ACCESS }, 'invalid_request'],
      [{ subject_token, audience: 'other' }, 'invalid_target'],
      [{ subject_token, resource: 'https://evil.example.org/' }, 'invalid_target'],
      [{ subject_token, resource: 'no address' }, 'invalid_target'],
      [{ subject_token, requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_request'],
    ]
    for (const [fields, error] of rows) assert.deepEqual(says(await swap(fields)), [400, error], JSON.stringify(fields))
    assert.equal((await swap({ subject_token, resource: 'https://api.example.org/v1' })).status, 200)
  })
})

test('clients of OpenID Connect share ids, secrets and tokens with those of OAuth [S3-17]', async () => {
  await using own = await openOAuth({
    services: {
      'Oidc-1.json': oauthClient(1, 'oidc', { '@class': 'org.apereo.cas.services.OidcRegisteredService', generateRefreshToken: true }),
      'Shop-2.json': oauthClient(2, 'shop'),
    },
  })
  const { json } = await exchange(own.url, 'oidc', await codeFor(own.url, 'oidc'))
  assert.equal((await profile(own.url, json['access_token'])).json['client_id'], 'oidc')
  const token = { token: String(json['access_token']) }
  const asked = await postForm(`${own.url}/oauth2.0/introspect`, token, basic('shop', 'secret of shop'))
  assert.deepEqual([asked.json['active'], asked.json['client_id']], [true, 'oidc'])
  assert.equal((await refresh(own.url, 'oidc', json['refresh_token'])).status, 200)
  assert.equal((await postForm(`${own.url}/oauth2.0/revoke`, { ...token, client_id: 'oidc', client_secret: 'secret of oidc' })).status, 200)
  assert.equal((await profile(own.url, json['access_token'])).status, 401)
})

test('metadata says what is offered', async () => {
  for (const path of ['/.well-known/oauth-authorization-server', '/oauth2.0/.well-known/oauth-authorization-server']) {
    const { status, json } = await answerOf(await fetch(world.url + path))
    assert.equal(status, 200)
    assert.equal(json['issuer'], 'https://cas.example.org:8443/cas')
    assert.equal(json['token_endpoint'], 'https://cas.example.org:8443/cas/oauth2.0/accessToken')
    assert.deepEqual(json['code_challenge_methods_supported'], ['S256', 'plain'])
    assert.deepEqual(json['response_types_supported'], ['code', 'token'])
    assert.equal(json['authorization_response_iss_parameter_supported'], true)
  }
  await using own = await openOAuth({
    properties: {
      'castellan.oauth.profile': 'rfc9700',
      'cas.authn.oidc.discovery.response-types-supported': 'code',
      'cas.authn.oidc.discovery.grant-types-supported': 'authorization_code,refresh_token',
    },
    services: { 'Shop-1.json': oauthClient(1, 'shop') },
  })
  const { json } = await answerOf(await fetch(`${own.url}/.well-known/oauth-authorization-server`))
  assert.deepEqual(json['grant_types_supported'], ['authorization_code', 'refresh_token'])
  assert.deepEqual(json['code_challenge_methods_supported'], ['S256'])
  const refused = await postForm(`${own.url}/oauth2.0/token`, {
    grant_type: 'client_credentials',
    client_id: 'shop',
    client_secret: 'secret of shop',
  })
  assert.deepEqual(says(refused), [400, 'unsupported_grant_type'])
})

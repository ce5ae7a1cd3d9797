import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import {
  type CookieShape,
  cookieIn,
  cookiePath,
  type Env,
  readCookie,
  removeCookie,
  sameSite,
  serializeCookie,
  serializeRemoval,
  setCookie,
} from '../../src/http/index.ts'

const tgc: CookieShape = { name: 'TGC', path: '/cas/', secure: true, httpOnly: true, sameSite: 'None' }

test('a cookie has the attributes of CAS in the order of CAS', () => {
  assert.equal(serializeCookie(tgc, 'abc'), 'TGC=abc; Path=/cas/; SameSite=None; Secure; HttpOnly')
  assert.equal(serializeCookie(tgc, 'abc', 1209600), 'TGC=abc; Max-Age=1209600; Path=/cas/; SameSite=None; Secure; HttpOnly')
  assert.equal(
    serializeCookie({ name: 'CASPRIVACY', path: '/cas/', secure: true, httpOnly: true, sameSite: 'Off' }, 'true'),
    'CASPRIVACY=true; Path=/cas/; Secure; HttpOnly',
  )
  assert.equal(
    serializeCookie({ ...tgc, domain: 'example.org', secure: false, httpOnly: false, sameSite: 'Lax' }, 'x'),
    'TGC=x; Domain=example.org; Path=/cas/; SameSite=Lax',
  )
})

test('a cookie is removed with the same path and flags and without SameSite', () => {
  assert.equal(serializeRemoval(tgc), 'TGC=; Path=/cas/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly')
  assert.equal(
    serializeRemoval({ ...tgc, domain: 'example.org' }),
    'TGC=; Path=/cas/; Domain=example.org; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly',
  )
})

test('nothing can be smuggled into a cookie header', () => {
  for (const value of ['a;b', 'a\r\nSet-Cookie: x=y', 'a b', 'a,b', 'ä', '"'])
    assert.throws(() => serializeCookie(tgc, value), TypeError, value)
  assert.throws(() => serializeCookie({ ...tgc, name: 'T GC' }, ''), TypeError)
  assert.throws(() => serializeCookie({ ...tgc, path: '/;Domain=x' }, ''), TypeError)
  assert.throws(() => serializeRemoval({ ...tgc, domain: 'x\r\n' }), TypeError)
})

test('an empty SameSite policy takes the default, Lax where None would be refused by browsers', () => {
  assert.equal(sameSite('', true), 'None')
  assert.equal(sameSite('', false), 'Lax')
  assert.equal(sameSite('', true, 'Strict'), 'Strict')
  assert.equal(sameSite('', false, 'Off'), 'Off')
  assert.equal(sameSite('lax', true), 'Lax')
  assert.equal(sameSite('STRICT', true), 'Strict')
  assert.equal(sameSite('off', true), 'Off')
  assert.equal(sameSite('None', false), 'None')
  assert.equal(sameSite('whatever', true, 'Lax'), 'None')
})

test('the path of a cookie follows the context path unless one is configured', () => {
  assert.equal(cookiePath('', '/cas'), '/cas/')
  assert.equal(cookiePath('', ''), '/')
  assert.equal(cookiePath('/', '/cas'), '/')
})

test('a cookie is found by its whole name, the first of several counts', () => {
  assert.equal(cookieIn('A=1; TGC=abc; B=2', 'TGC'), 'abc')
  assert.equal(cookieIn('XTGC=1; TGCX=2', 'TGC'), undefined)
  assert.equal(cookieIn('TGC=one; TGC=two', 'TGC'), 'one')
  assert.equal(cookieIn('TGC="quoted"', 'TGC'), 'quoted')
  assert.equal(cookieIn('TGC=a=b==', 'TGC'), 'a=b==')
  assert.equal(cookieIn('TGC=; TGC=two', 'TGC'), 'two')
  for (const broken of ['', ';', ';;;', '=', 'TGC', 'TGC=', '  ', '"', ' = ; =']) assert.equal(cookieIn(broken, 'TGC'), undefined, broken)
})

test('an oversize cookie counts as absent', () => {
  assert.equal(cookieIn(`TGC=${'x'.repeat(4096)}`, 'TGC')?.length, 4096)
  assert.equal(cookieIn(`TGC=${'x'.repeat(4097)}`, 'TGC'), undefined)
})

test('cookies are read from the call and set with its answer', async () => {
  const app = new Hono<Env>()
  app.get('/', (call) => {
    setCookie(call, tgc, 'new')
    removeCookie(call, { ...tgc, name: 'OLD' })
    return call.text(readCookie(call, 'TGC') ?? 'none')
  })
  const answer = await app.request('/', { headers: { cookie: 'TGC=old' } })
  assert.equal(await answer.text(), 'old')
  assert.deepEqual(answer.headers.getSetCookie(), [
    'TGC=new; Path=/cas/; SameSite=None; Secure; HttpOnly',
    'OLD=; Path=/cas/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly',
  ])
  assert.equal(await (await app.request('/')).text(), 'none')
})

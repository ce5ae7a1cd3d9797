import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import type { Env } from '../../src/http/index.ts'
import { samples } from './samples.ts'
import { context, openViews } from './world.ts'

const root = await mkdtemp(join(tmpdir(), 'castellan-themes-'))
after(() => rm(root, { recursive: true }))
await mkdir(join(root, 'templates/themes/harbour/css'), { recursive: true })
await mkdir(join(root, 'templates/themes/harbour/images'), { recursive: true })
await writeFile(join(root, 'secret.css'), 'secret')
await writeFile(join(root, 'templates/secret.png'), 'secret')
await writeFile(join(root, 'templates/themes/harbour/css/own.css'), ':root { --brand: #7b1e3a }')
await writeFile(join(root, 'templates/themes/harbour/images/logo.png'), 'png')
await writeFile(join(root, 'templates/themes/harbour/notes.html'), 'private')
await writeFile(join(root, 'templates/themes/harbour/.hidden.css'), 'private')
await symlink(join(root, 'secret.css'), join(root, 'templates/themes/harbour/css/link.css'))
await writeFile(
  join(root, 'templates/harbour.properties'),
  `cas.theme.name=Harbour University
cas.standard.css.file=/css/cas.css,/themes/harbour/css/own.css
cas.standard.js.file=/themes/harbour/js/own.js
cas.logo.file=/themes/harbour/images/logo.png
cas.favicon.file=/favicon.ico
cas.warn-on-redirect.enabled=true
cas.footer.show-version=true
castellan.link.help=https://www.example.org/help
castellan.link.service-desk=https://desk.example.org/
castellan.link.forgot-password=https://id.example.org/forgot
castellan.link.privacy=javascript:alert(1)
`,
)
await writeFile(
  join(root, 'templates/bare.properties'),
  'cas.footer.show=false\ncas.login-form.enabled=false\ncas.css.core.enabled=false\ncas.service-ui.show=false\n',
)
await writeFile(join(root, 'templates/..evil.properties'), '')

const views = await openViews({ cas: { view: { templatePrefixes: ['file:templates', 'https://example.org/templates'] } } }, root)
const render = (theme: string, name = 'login') => views.render(samples[name] as never, { ...context, theme }).html
const app = new Hono<Env>().basePath('/cas')
for (const route of views.staticRoutes()) app.on(route.method, route.path, (call) => route.handle(call))
app.onError((error, call) => call.text('no', 'status' in error ? (error.status as 404) : 500))
const get = (path: string, headers: Record<string, string> = {}) => app.request(`http://sso.example.org${path}`, { headers })

test('request, then application, then default choose the theme; a name that nobody knows is passed over', async () => {
  assert.equal(views.chooseTheme({}), 'cas-theme-default')
  assert.equal(views.chooseTheme({ service: 'harbour' }), 'harbour')
  assert.equal(views.chooseTheme({ parameter: 'bare', service: 'harbour' }), 'bare')
  assert.equal(views.chooseTheme({ parameter: '../../etc/passwd', service: 'harbour' }), 'harbour')
  assert.equal(views.chooseTheme({ parameter: '..evil' }), 'cas-theme-default')
  const other = await openViews({ cas: { view: { templatePrefixes: ['templates'] }, theme: { defaultThemeName: 'harbour' } } }, root)
  assert.equal(other.chooseTheme({}), 'harbour')
  const missing = await openViews({ cas: { theme: { defaultThemeName: 'nowhere' } } }, root)
  assert.equal(missing.chooseTheme({}), 'nowhere')
  assert.match(missing.render(samples['login'] as never, context).html, /alt="Castellan"/)
})

test('a theme brings its name, style sheet, script, logo and links', () => {
  const html = render('harbour')
  assert.match(html, /<title>Harbour University Login<\/title>/)
  assert.match(html, /castellan\.css\?v=\w+">\n<link rel="stylesheet" href="\/cas\/themes\/harbour\/css\/own\.css">/)
  assert.match(html, /<script src="\/cas\/themes\/harbour\/js\/own\.js" defer>/)
  assert.match(html, /<img id="cas-logo" src="\/cas\/themes\/harbour\/images\/logo\.png" alt="Harbour University">/)
  assert.match(html, /<link rel="icon" href="\/cas\/favicon\.svg">/)
  assert.match(html, /href="https:\/\/www\.example\.org\/help">Help/)
  assert.match(html, /id="forgotPasswordLink" href="https:\/\/id\.example\.org\/forgot"/)
  assert.match(html, /sso\.example\.org · Castellan 1\.2\.3/)
  assert.doesNotMatch(html, /javascript:|cas\.css/)
  assert.match(render('harbour', 'error-404'), /<a href="https:\/\/desk\.example\.org\/">service desk<\/a>/)
})

test('a theme can leave out the footer, the form, the application and our style sheet', () => {
  const html = render('bare')
  assert.doesNotMatch(html, /<footer|<form|castellan\.css|serviceUIMetadataDisplayName/)
})

test('switches of the default theme are those that CAS ships', () => {
  const flag = (key: string) => views.themeFlag('cas-theme-default', key)
  assert.equal(flag('cas.warn-on-redirect.enabled'), false)
  assert.equal(flag('cas.public-workstation.enabled'), false)
  assert.equal(flag('cas.successful-login.display-attributes'), true)
  assert.equal(flag('cas.login-form.enabled'), true)
  assert.equal(flag('no.such.switch'), false)
  assert.equal(views.themeFlag('harbour', 'cas.warn-on-redirect.enabled'), true)
  assert.equal(views.themeFlag('harbour', 'cas.pm-links.enabled'), true)
})

test('attributes are not shown where the theme does not want it', async () => {
  await writeFile(join(root, 'templates/quiet.properties'), 'cas.successful-login.display-attributes=false')
  const quiet = await openViews({ cas: { view: { templatePrefixes: ['templates'] } } }, root)
  const { html } = quiet.render(samples['signed-in'] as never, { ...context, theme: 'quiet' })
  assert.doesNotMatch(html, /attributesTable|First Student/)
})

test('shipped files come with a tag, a day of caching, or a year under their versioned address', async () => {
  const css = await get('/cas/css/castellan.css')
  assert.equal(css.status, 200)
  assert.equal(css.headers.get('content-type'), 'text/css; charset=utf-8')
  assert.equal(css.headers.get('cache-control'), 'public, max-age=86400')
  const etag = css.headers.get('etag') ?? ''
  assert.equal((await get('/cas/css/castellan.css', { 'If-None-Match': etag })).status, 304)
  assert.equal((await get('/cas/css/castellan.css', { 'If-None-Match': `"x", W/${etag}` })).status, 304)
  assert.equal((await get('/cas/css/castellan.css', { 'If-None-Match': '"x"' })).status, 200)
  const address = /href="([^"]*castellan\.css[^"]*)"/.exec(render('cas-theme-default'))?.[1] ?? ''
  assert.match((await get(address)).headers.get('cache-control') ?? '', /immutable/)
  assert.equal((await get('/cas/css/castellan.css?v=other')).headers.get('cache-control'), 'public, max-age=86400')
  for (const path of ['/js/castellan.js', '/images/logo.svg', '/images/logo-dark.svg', '/favicon.svg', '/favicon.ico']) {
    assert.equal((await get(`/cas${path}`)).status, 200, path)
  }
})

test('a browser that can unpack gets the packed file', async () => {
  const plain = Buffer.from(await (await get('/cas/css/castellan.css')).arrayBuffer())
  const packed = await get('/cas/css/castellan.css', { 'Accept-Encoding': 'br, gzip' })
  assert.equal(packed.headers.get('content-encoding'), 'gzip')
  assert.equal(packed.headers.get('vary'), 'Accept-Encoding')
  assert.deepEqual(gunzipSync(Buffer.from(await packed.arrayBuffer())), plain)
  assert.equal((await get('/cas/css/castellan.css', { 'Accept-Encoding': 'gzip;q=0' })).headers.get('content-encoding'), null)
  assert.equal((await get('/cas/favicon.ico', { 'Accept-Encoding': 'gzip' })).headers.get('content-encoding'), null)
})

test('files of themes are served with type and tag', async () => {
  const css = await get('/cas/themes/harbour/css/own.css')
  assert.equal(await css.text(), ':root { --brand: #7b1e3a }')
  assert.equal(css.headers.get('content-type'), 'text/css; charset=utf-8')
  assert.equal(css.headers.get('cache-control'), 'public, max-age=86400')
  assert.equal((await get('/cas/themes/harbour/css/own.css', { 'If-None-Match': css.headers.get('etag') ?? '' })).status, 304)
  assert.equal((await get('/cas/themes/harbour/images/logo.png')).headers.get('content-type'), 'image/png')
})

test('no path leads out of the themes', async () => {
  const paths = [
    '/cas/themes/harbour/css/none.css',
    '/cas/themes/harbour/css/link.css',
    '/cas/themes/harbour/../../../secret.css',
    '/cas/themes/harbour/%2e%2e/%2e%2e/%2e%2e/secret.css',
    '/cas/themes/harbour/..%2f..%2f..%2fsecret.css',
    '/cas/themes/harbour/..%5c..%5csecret.css',
    '/cas/themes/%2e%2e/secret.png',
    '/cas/themes//etc/passwd.txt',
    '/cas/themes/harbour/css/own.css%00.png',
    '/cas/themes/harbour/%zz.css',
    '/cas/themes/harbour/.hidden.css',
    '/cas/themes/harbour/notes.html',
    '/cas/themes/harbour/css',
    '/cas/themes/harbour.properties',
    '/cas/themes/',
    `/cas/themes/harbour/${'a'.repeat(5000)}.css`,
  ]
  for (const path of paths) {
    const response = await get(path)
    assert.equal(response.status, 404, path)
    assert.doesNotMatch(await response.text(), /secret|private|root/, path)
  }
})

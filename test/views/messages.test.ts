import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readProperties, SHIPPED } from '../../src/views/messages/bundles.ts'
import { compilePattern } from '../../src/views/messages/pattern.ts'
import { processorMs } from '../support/processor-time.ts'
import { samples } from './samples.ts'
import { context, openViews } from './world.ts'

const shipped = async (locale: string): Promise<ReadonlyMap<string, string>> =>
  readProperties(
    await readFile(new URL(`../../src/views/messages/messages${locale === 'en' ? '' : `_${locale}`}.properties`, import.meta.url), 'utf8'),
  )

async function directory(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), 'castellan-messages-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('all languages have the same keys, the same arguments and only harmless HTML', async () => {
  const english = await shipped('en')
  assert.ok(english.size > 150)
  const holes = (text: string | undefined) => [...new Set(text?.match(/\{\d\}/g))].sort().join()
  for (const locale of SHIPPED) {
    const texts = await shipped(locale)
    assert.deepEqual([...texts.keys()].sort(), [...english.keys()].sort(), locale)
    for (const [key, text] of texts) {
      assert.notEqual(text.trim(), '', `${locale} ${key}`)
      assert.equal(holes(text), holes(english.get(key)), `${locale} ${key}`)
      assert.doesNotMatch(text.replace(/<\/?(?:strong|bdi)>|<a href="\{0\}">|<\/a>/g, ''), /[<>]/, `${locale} ${key}`)
      assert.doesNotMatch(text.replaceAll('&amp;', ''), /&/, `${locale} ${key}`)
      // The two parts of an access key, and of everything else that a translator must leave alone.
      if (key.endsWith('.accesskey')) assert.match(text, /^[a-z]$/, `${locale} ${key}`)
    }
  }
})

test('no language leaves a text in English by mistake', async () => {
  const english = await shipped('en')
  for (const locale of ['de', 'fr', 'es', 'ar']) {
    const texts = await shipped(locale)
    const same = [...texts].filter(([key, text]) => text === english.get(key) && text.length > 12).map(([key]) => key)
    assert.deepEqual(same, [], locale)
  }
})

test('every key that a page asks for is known', async () => {
  const views = await openViews()
  for (const [name, view] of Object.entries(samples)) {
    const { html } = views.render(view, context)
    const found = html.match(/(?:screen|castellan|authenticationFailure|password)\.[a-z]+\.[\w.-]+/gi) ?? []
    assert.deepEqual(
      found.filter((key) => !/castellan\.(?:css|js)/.test(key)),
      [],
      name,
    )
  }
})

test('placeholders and apostrophes are read as in a bundle of CAS', () => {
  const text = (message: string, ...args: string[]) => compilePattern(message).text(args)
  assert.equal(text("You've been throttled."), "You've been throttled.")
  assert.equal(text("It''s plain"), "It''s plain")
  assert.equal(text("It''s {0}''s", 'Ada'), "It's Ada's")
  assert.equal(text("l'heure de {0}", 'Ada'), "l'heure de Ada")
  assert.equal(text("'{0}' is {0}", 'x'), '{0} is x')
  assert.equal(text('{1} {0} {2}', 'a', 'b'), 'b a ')
  assert.equal(text('{0,number,integer} days', '5'), '5 days')
  assert.equal(text('{name} {} {'), '{name} {} {')
  assert.equal(text('{0}', '{1}'), '{1}')
})

test('plain text of a message has no tags and no entities, its markup has both', () => {
  const pattern = compilePattern('Enter <b>Username</b> &amp; &#80;assword &lt;{0}&gt; <a href="{1}">x</a>')
  assert.equal(pattern.text(['<i>', 'y']), 'Enter Username & Password <<i>> x')
  assert.equal(pattern.markup(['<i>', '"']).toString(), 'Enter <b>Username</b> &amp; &#80;assword &lt;&lt;i&gt;&gt; <a href="&quot;">x</a>')
})

test('a hostile message file costs no time', async () => {
  const hostile = ['<'.repeat(200_000), '{0'.repeat(100_000), "'{".repeat(100_000), `{0}${'&'.repeat(200_000)}`, '<a '.repeat(50_000)]
  assert.ok((await processorMs(() => hostile.map((message) => compilePattern(message).text(['x'])))) < 2000)
})

test('bundles of the configuration directory win, key by key', async () => {
  await using config = await directory({
    'custom_messages.properties': 'screen.welcome.instructions=Sign <b>in</b>\ncastellan.todo=Now\nown.key=Mine',
    'custom_messages_de.properties': 'screen.welcome.instructions=Bitte anmelden',
    'messages_de.properties': 'castellan.todo=Jetzt\nscreen.logout.header=Tsch\\u00fcss, \\\n   bis bald',
    'messages_it.properties': 'screen.welcome.button.login=Accedi',
  })
  const views = await openViews({}, config.path)
  const text = (key: string, locale: string) => views.text({ key }, locale)
  assert.equal(text('screen.welcome.instructions', 'en'), 'Sign in')
  assert.equal(text('screen.welcome.instructions', 'fr'), 'Sign in')
  assert.equal(text('screen.welcome.instructions', 'de'), 'Bitte anmelden')
  assert.equal(text('castellan.todo', 'de'), 'Now')
  assert.equal(text('screen.logout.header', 'de'), 'Tschüss, bis bald')
  assert.equal(text('screen.welcome.button.login', 'de'), 'Anmelden')
  assert.equal(text('own.key', 'de'), 'Mine')
  assert.equal(text('nobody.knows', 'de'), 'nobody.knows')
  const { html } = views.render(samples['login'] as never, context)
  assert.match(html, /<span>Sign <b>in<\/b><\/span>/)
  assert.equal(views.chooseLocale({ parameter: 'it' }), 'it')
  assert.match(
    views.render(samples['login'] as never, { ...context, locale: 'it' }).html,
    /<html lang="it" dir="ltr">[\s\S]*>Italiano<\/a>[\s\S]*>Accedi<\/button>/,
  )
})

test('a file that is changed is read again after cache-seconds, without a restart', async () => {
  await using config = await directory({ 'custom_messages.properties': 'castellan.todo=One' })
  const views = await openViews({ cas: { messageBundle: { cacheSeconds: 180 } } }, config.path)
  const shown = (nowMs: number) => {
    views.render(samples['error-404'] as never, { ...context, nowMs })
    return views.text({ key: 'castellan.todo' }, 'en')
  }
  assert.equal(shown(0), 'One')
  const file = join(config.path, 'custom_messages.properties')
  await writeFile(file, 'castellan.todo=Another')
  await utimes(file, 2_000_000_000, 2_000_000_000)
  assert.equal(shown(179_000), 'One')
  shown(180_000)
  for (let tries = 0; tries < 200 && views.text({ key: 'castellan.todo' }, 'en') === 'One'; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(views.text({ key: 'castellan.todo' }, 'en'), 'Another')
})

test('unknown keys are nothing when use-code-message is off; common files and other encodings are read', async () => {
  await using config = await directory({ 'common.properties': 'common.key=shared\ncastellan.todo=weaker', 'latin.properties': '' })
  await writeFile(join(config.path, 'latin.properties'), Buffer.from('castellan.todo=H\u00fctte', 'latin1'))
  const views = await openViews(
    { cas: { messageBundle: { useCodeMessage: false, commonNames: ['common.properties'], baseNames: ['latin'], encoding: 'ISO-8859-1' } } },
    config.path,
  )
  assert.equal(views.text({ key: 'nobody.knows' }, 'en'), '')
  assert.equal(views.text({ key: 'common.key' }, 'de'), 'shared')
  assert.equal(views.text({ key: 'castellan.todo' }, 'en'), 'Hütte')
  assert.equal(views.text({ key: 'castellan.language' }, 'en'), 'Language:')
})

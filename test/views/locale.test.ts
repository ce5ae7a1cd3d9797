import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localeCookieName } from '../../src/views/index.ts'
import { negotiateLocale } from '../../src/views/locale.ts'
import { processorMs } from '../support/processor-time.ts'
import { openViews, settingsOf } from './world.ts'

const views = await openViews()

test('parameter, cookie, application, browser and default are asked in this order', () => {
  const all = { parameter: 'de', cookie: 'fr', service: 'es', acceptLanguage: 'ar' }
  assert.equal(views.chooseLocale(all), 'de')
  assert.equal(views.chooseLocale({ ...all, parameter: undefined }), 'fr')
  assert.equal(views.chooseLocale({ ...all, parameter: undefined, cookie: undefined }), 'es')
  assert.equal(views.chooseLocale({ acceptLanguage: 'ar' }), 'ar')
  assert.equal(views.chooseLocale({}), 'en')
})

test('a language that we do not speak is passed over', () => {
  assert.equal(views.chooseLocale({ parameter: 'tlh', cookie: '"><script>', acceptLanguage: 'fr' }), 'fr')
  assert.equal(views.chooseLocale({ parameter: 'de_AT' }), 'de')
  assert.equal(views.chooseLocale({ parameter: 'DE-ch' }), 'de')
  assert.equal(views.chooseLocale({ parameter: '' }), 'en')
})

test('the heaviest language of the browser wins, the first among equals', () => {
  const of = (header: string) => views.chooseLocale({ acceptLanguage: header })
  assert.equal(of('fr-CH, fr;q=0.9, en;q=0.8'), 'fr')
  assert.equal(of('en;q=0.3, de;q=0.9'), 'de')
  assert.equal(of('it, pl;q=0.9, es;q=0.2'), 'es')
  assert.equal(of('de;q=0, es;q=0.1'), 'es')
  assert.equal(of('*'), 'en')
  assert.equal(of(';;;q=,,x=y'), 'en')
})

test('a country of its own is found, and stands in for its language', () => {
  assert.equal(negotiateLocale('pt', ['en', 'pt_BR']), 'pt_BR')
  assert.equal(negotiateLocale('pt-BR,pt;q=0.9', ['en', 'pt', 'pt_BR']), 'pt_BR')
  assert.equal(negotiateLocale('zh-Hans-CN', ['en', 'zh_CN']), 'zh_CN')
})

test('an endless header is not read to its end', async () => {
  const spent = await processorMs(() => {
    for (let round = 0; round < 100; round++) views.chooseLocale({ acceptLanguage: 'x-'.repeat(500_000), parameter: 'a'.repeat(1_000_000) })
  })
  assert.ok(spent < 20_000)
})

test('the default language can be another, and can be forced', async () => {
  const german = await openViews({ cas: { locale: { defaultValue: 'de' } } })
  assert.equal(german.chooseLocale({ acceptLanguage: 'ja' }), 'de')
  const forced = await openViews({ cas: { locale: { defaultValue: 'fr', forceDefaultLocale: true } } })
  assert.equal(forced.chooseLocale({ parameter: 'de', cookie: 'de' }), 'fr')
})

test('the language cookie has the name that Spring gives it, or the configured one', () => {
  assert.equal(localeCookieName(settingsOf()), 'org.springframework.web.servlet.i18n.CookieLocaleResolver.LOCALE')
  assert.equal(localeCookieName(settingsOf({ cas: { locale: { cookie: { name: 'LANG' } } } })), 'LANG')
})

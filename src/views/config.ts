import { duration, flag, group, type Infer, optional, text, texts } from '../base/schema.ts'

/** Settings of the pages, their languages and themes (login-flow.md 7.1, 13, 14). */
export const viewsConfig = group({
  spring: group({
    web: group({
      resources: group({
        cache: group({
          cachecontrol: group({ maxAge: duration('1d', 'How long browsers may keep static files whose address has no version.') }),
        }),
      }),
    }),
  }),
  cas: group({
    view: group({
      defaultRedirectUrl: text(
        '',
        'Where a login without an application leads instead of the "Log In Successful" page. A registered service.',
      ),
      authorizedServicesOnSuccessfulLogin: flag(
        false,
        'Whether the page after a login without an application lists the applications of the user.',
      ),
      templatePrefixes: texts(
        [],
        'Directories with themes: `<name>.properties`, and their files in `themes/<name>/`. `file:/etc/cas/templates`.',
      ),
    }),
    theme: group({
      defaultThemeName: text('cas-theme-default', 'Theme of pages for which neither the request nor the application names one.'),
      paramName: text('theme', 'Request parameter that names a theme.'),
    }),
    locale: group({
      defaultValue: text('en', 'Language of pages for a browser that asks for none of ours.'),
      forceDefaultLocale: flag(false, 'Whether every page is in the default language, whatever the browser asks for.'),
      paramName: text('locale', 'Request parameter that names a language.'),
      cookie: group({
        name: text('', 'Name of the cookie that remembers the language; blank: the name that Spring gives it.'),
        path: text('', 'Path of the language cookie; blank: /.'),
        domain: text('', 'Domain of the language cookie; blank: this host.'),
        maxAge: text('-1', 'Life of the language cookie: a duration or seconds; -1: until the browser is closed.'),
        secure: flag(true, 'Whether the language cookie is sent over https only.'),
        httpOnly: flag(true, 'Whether the language cookie is hidden from scripts.'),
        sameSitePolicy: text('', 'SameSite of the language cookie; blank: Lax.'),
      }),
    }),
    messageBundle: group({
      baseNames: texts(
        ['file:/etc/cas/config/custom_messages', 'classpath:custom_messages', 'classpath:messages'],
        'Message bundles without language and ending, the strongest first. `classpath:` is the configuration directory, then what Castellan ships.',
      ),
      commonNames: texts([], 'Properties files with messages for all languages, weaker than every bundle.'),
      cacheSeconds: duration('PT180S', 'How often changed message files are looked for; 0 at every page, -1 never.'),
      encoding: optional(text('UTF-8', 'Encoding of message files of the operator.')),
      useCodeMessage: flag(true, 'Whether a message that no bundle knows is shown as its key; otherwise as nothing.'),
    }),
  }),
})

export type ViewsConfig = Infer<typeof viewsConfig>

/** The name under which the browser keeps its language (login-flow.md 15.1). */
export function localeCookieName(settings: ViewsConfig): string {
  return settings.cas.locale.cookie.name.trim() || 'org.springframework.web.servlet.i18n.CookieLocaleResolver.LOCALE'
}

const BROWSERS: readonly (readonly [string, string])[] = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
]
const SYSTEMS: readonly (readonly [string, string])[] = [
  ['iPhone', 'iOS'],
  ['iPad', 'iPadOS'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
]

/** Browser and system in the words of their owner, for somebody who wants to recognise a session; `undefined` for programs. */
export function browserOf(userAgent: string): { readonly browser: string; readonly system: string } | undefined {
  const agent = userAgent.slice(0, 512)
  const named = (list: readonly (readonly [string, string])[]) => list.find(([mark]) => agent.includes(mark))?.[1]
  const browser = named(BROWSERS)
  const system = named(SYSTEMS)
  return browser === undefined || system === undefined ? undefined : { browser, system }
}

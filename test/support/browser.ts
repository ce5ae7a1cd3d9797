import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian puts its Chromium; `CHROMIUM` names another. */
const CANDIDATES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * A headless Chromium that talks to nobody but the pages it is sent to. Close it with `close()` or `await using`.
 *
 * @param hosts Where servers of other names are: `sso.example.org:80` to `127.0.0.1:4711`, `*` for all that are not named.
 */
export async function openBrowser(hosts: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path))
  if (executablePath === undefined) throw new Error('no Chromium found; run `npm run setup:test`, or name one in CHROMIUM')
  const rules = Object.entries(hosts)
    .map(([host, address]) => `MAP ${host} ${address}`)
    .join(', ')
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(rules === '' ? [] : [`--host-resolver-rules=${rules}`]),
    ],
  })
}

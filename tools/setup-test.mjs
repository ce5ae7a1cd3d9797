#!/usr/bin/env node
// Installs what the tests need beyond npm: Debian's packages below, with apt-get, when this may. Says what it does; does nothing when all is there.
// Where it may not install, it says what to install; the tests that need it then fail with the same sentence, all others run.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Each package with the file that shows it is there, and what it is for. */
const needed = [
  ['chromium', '/usr/bin/chromium', 'browser tests'],
  ['fonts-dejavu-core', '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', 'browser tests (Latin and Arabic letters)'],
  ['apache2-bin', '/usr/sbin/apache2', 'client test: Apache'],
  ['libapache2-mod-auth-cas', '/usr/lib/apache2/modules/mod_auth_cas.so', 'client test: mod_auth_cas'],
  ['php-cli', '/usr/bin/php', 'client test: PHP'],
  ['php-cas', '/usr/share/php/CAS/CAS.php', 'client test: phpCAS'],
  ['php-curl', 'php:curl', 'client test: phpCAS calls the server with curl'],
  ['php-xml', 'php:dom', 'client test: phpCAS reads XML'],
  ['libapache2-mod-oauth2', '/usr/lib/apache2/modules/mod_oauth2.so', 'client test: mod_oauth2, a resource server'],
  ['python3-authlib', '/usr/lib/python3/dist-packages/authlib/__init__.py', 'client test: Authlib'],
  ['python3-requests-oauthlib', '/usr/lib/python3/dist-packages/requests_oauthlib/__init__.py', 'client test: Requests-OAuthlib'],
  ['slapd', '/usr/sbin/slapd', 'client test: attributes from OpenLDAP'],
  ['git', '/usr/bin/git', 'definitions in a git repository'],
  ['openssh-server', '/usr/sbin/sshd', 'definitions in a git repository that is reached by ssh'],
  ['openssh-client', '/usr/bin/ssh', 'the same'],
  ['openssl', '/usr/bin/openssl', 'test certificates'],
]

function phpExtensions() {
  if (!existsSync('/usr/bin/php')) return ''
  return spawnSync('/usr/bin/php', ['-m'], { encoding: 'utf8' }).stdout ?? ''
}

function missingPackages() {
  const extensions = phpExtensions()
  return needed.filter(([, mark]) =>
    mark.startsWith('php:') ? !new RegExp(`^${mark.slice(4)}$`, 'm').test(extensions) : !existsSync(mark),
  )
}

function run(command, args) {
  console.log(`+ ${command} ${args.join(' ')}`)
  const result = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  return result.status === 0
}

const missing = missingPackages()
if (missing.length === 0) {
  console.log(`set-up: all ${needed.length} system packages that the tests need are here`)
} else {
  const names = missing.map(([name]) => name)
  for (const [name, , purpose] of missing) console.log(`set-up: missing ${name} (${purpose})`)
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (mayInstall) {
    console.log(`set-up: installing with apt-get: ${names.join(' ')}`)
    // The lists of packages may be stale or absent (containers): refreshed only now, when something has to be fetched.
    run('/usr/bin/apt-get', ['update', '-q'])
    run('/usr/bin/apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names])
  }
  const left = missingPackages().map(([name]) => name)
  if (left.length > 0) {
    console.error(
      `set-up: ${mayInstall ? 'could not install' : 'may not install (not root, or no apt-get)'}: ${left.join(' ')}\n` +
        `set-up: install them yourself, on Debian: sudo apt-get install --no-install-recommends ${left.join(' ')}\n` +
        'set-up: until then the browser and client tests that need them fail; all other tests run',
    )
  }
}

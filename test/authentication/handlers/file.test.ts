import assert from 'node:assert/strict'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { engineWith } from '../support.ts'

const folder = await mkdtemp(join(tmpdir(), 'file-users-'))

async function usersIn(content: string, more: Readonly<Record<string, string>> = {}) {
  const path = join(folder, 'users.txt')
  await writeFile(path, content)
  const { login } = await engineWith({ 'cas.authn.accept.users': '', 'cas.authn.file.filename': path, ...more })
  return async (name: string, password: string) => {
    const outcome = await login(name, password)
    return outcome.kind === 'authenticated' ? outcome.authentication.successes.join() : outcome.failure
  }
}

test('users stand one a line; the first line of a name counts', async () => {
  const answer = await usersIn('user1::one\r\nuser1::later\r\n\r\nno separator\r\n::nameless\r\nuser2:: a::b \n')
  assert.equal(await answer('user1', 'one'), 'FileAuthenticationHandler')
  assert.equal(await answer('user1', 'later'), 'FailedLoginException')
  assert.equal(await answer('user2', ' a::b '), 'FileAuthenticationHandler')
  assert.equal(await answer('nameless', 'x'), 'AccountNotFoundException')
  assert.equal(await answer('no separator', 'x'), 'AccountNotFoundException')
})

test('separator, name and encoder are settings', async () => {
  const answer = await usersIn('user1|5f4dcc3b5aa765d61d8327deb882cf99\n', {
    'cas.authn.file.separator': '|',
    'cas.authn.file.name': 'Old list',
    'cas.authn.file.passwordEncoder.type': 'DEFAULT',
    'cas.authn.file.passwordEncoder.encodingAlgorithm': 'MD5',
  })
  assert.equal(await answer('user1', 'password'), 'Old list')
  assert.equal(await answer('user1', '5f4dcc3b5aa765d61d8327deb882cf99'), 'FailedLoginException')
})

test('a file that is not there prevents', async () => {
  const answer = await usersIn('', { 'cas.authn.file.filename': join(folder, 'missing.txt') })
  assert.equal(await answer('user1', 'x'), 'UNKNOWN')
})

test('classpath: is the folder classpath of the configuration directory', async () => {
  await mkdir(join(folder, 'classpath'))
  await writeFile(join(folder, 'classpath', 'inside.txt'), 'user1::one')
  const { login } = await engineWith(
    { 'cas.authn.accept.users': '', 'cas.authn.file.filename': 'classpath:inside.txt' },
    { configurationDirectory: folder },
  )
  assert.equal((await login('user1', 'one')).kind, 'authenticated')
})

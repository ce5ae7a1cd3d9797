import { hash, verify } from '@node-rs/argon2'
import { startCastellan } from '../test/support/castellan.ts'
import { openForm, sendForm } from './load/http.ts'
import { measure } from './load/measure.ts'
import { judge, type Question } from './load/row.ts'
import { manyServices, plainUsers } from './load/services.ts'

/** Argon2id is what the library makes when no other kind is asked for. */
const argon2Settings = { memoryCost: 7168, timeCost: 5, parallelism: 1 }

/** A configuration whose only user has a password hashed with Argon2id, 7 MiB, five passes. */
export async function argon2Users() {
  const password = await hash('bench', argon2Settings)
  const { 'cas.authn.accept.users': _, ...settings } = plainUsers
  return {
    password,
    options: {
      properties: {
        ...settings,
        'cas.authn.accept.enabled': false,
        'cas.authn.json.location': 'file:{dir}/users.json',
        'cas.authn.json.password-encoder.type': 'ARGON2',
      },
      files: { 'users.json': JSON.stringify({ bench: { password, attributes: { cn: 'Bench User' } } }) },
      services: manyServices(1),
    },
  }
}

/** What does a login cost beyond the hash of its password? */
export const password: Question = {
  id: 'password',
  about: 'a login with Argon2id, 7 MiB, five passes: the form is opened and sent',
  async ask() {
    const { password, options } = await argon2Users()
    await using server = await startCastellan(options)
    const atATime = 2
    const [form, whole, pure] = await measure(
      [
        { name: 'form', pid: server.pid, count: 400, operation: async (http) => void (await openForm(http, server.url)) },
        {
          name: 'login',
          pid: server.pid,
          count: 60,
          async operation(http) {
            const { answer } = await sendForm(http, server.url, await openForm(http, server.url), 'bench', 'bench')
            if (answer.status !== 200) throw new Error(`no login: ${answer.status}`)
          },
        },
        {
          // The hash alone, in this process: it does nothing else meanwhile.
          name: 'hash',
          pid: process.pid,
          count: 60,
          async operation() {
            if (!(await verify(password, 'bench'))) throw new Error('not the password')
          },
        },
      ],
      atATime,
    )
    if (!form || !whole || !pure) throw new Error('nothing measured')
    const beyond = whole.bareAnswers - pure.bareAnswers
    return [
      {
        what: 'login form',
        measured: `${form.bareAnswers.toFixed(1)} bare answers (${form.microseconds.toFixed(0)} us)`,
      },
      {
        what: 'login with Argon2id 7 MiB x 5 (form opened and sent)',
        measured: `hash (${(pure.microseconds / 1000).toFixed(2)} ms) + ${beyond.toFixed(0)} bare answers (together ${(whole.microseconds / 1000).toFixed(2)} ms)`,
        goal: 'hash + 40',
        atLeast: 'hash + 80',
        verdict: judge(beyond, 40, 80),
      },
    ]
  },
}

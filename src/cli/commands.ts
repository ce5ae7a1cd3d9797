import { Command, CommanderError } from 'commander'
import { CAS_REFERENCE_VERSION, ownVersion } from '../base/version.ts'
import { type CommandResult, EXIT, type Shell } from './command.ts'
import { servicesVerbs } from './commands/services/verbs.ts'
import { addConfigVerbs } from './config-verbs.ts'
import { addStateVerbs } from './state-verbs.ts'

/**
 * The verbs besides `run` without options, which starts without this page. Each loads its own page when it is called.
 *
 * @param words The command line without settings.
 */
export async function dispatch(shell: Shell & { readonly words: readonly string[] }): Promise<CommandResult> {
  const { program, result } = commandLine(shell)
  try {
    await program.parseAsync(shell.words, { from: 'user' })
    return result()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { exitCode: error.exitCode === 0 ? EXIT.good : EXIT.usage }
  }
}

/** The words that the command line admits, with what they say of themselves; the reference page is written from it. */
export function commandLine(shell: Shell): { readonly program: Command; result(): CommandResult } {
  let result: CommandResult = { exitCode: EXIT.good }
  const { process } = shell
  const program = new Command('castellan')
    .description('Single sign-on server that reads the configuration of Apereo CAS.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })
    .addHelpText('after', SETTINGS_HELP)
  const verb = (signature: string, about: string) =>
    program.command(signature).description(about).exitOverride().copyInheritedSettings(program)

  verb('run', 'start the server (also without any verb)')
    .option('--json', 'log JSON lines')
    .action(async ({ json }: { json?: boolean }) => {
      const { run } = await import('./commands/run.ts')
      result = await run(json ? { ...shell, argv: [...shell.argv, '--castellan.log.format=json'] } : shell)
    })
  verb('check', 'say what works of a configuration, what changes and what is to be done, without starting')
    .option('--json', 'print JSON')
    .option('--all', 'print every line, however many there are')
    .action(async (options: object) => {
      const { check } = await import('./commands/check.ts')
      result = await check(shell, options)
    })
  addConfigVerbs(verb('config', 'look at settings, move and encrypt them'), shell, (of) => {
    result = of
  })
  verb('interrupt', 'look at the interrupts of logins')
    .command('test <user>')
    .description('say whether a login of this user would be interrupted, by which source, and why')
    .option('--service <url>', 'the application on the way to which one logs in')
    .option(
      '--attribute <name=value>',
      'an attribute of the user; may be given several times',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option('--locale <language>', 'the language of the browser')
    .option('--json', 'print JSON')
    .action(async (user: string, options: object) => {
      const { interruptTest } = await import('./commands/interrupt.ts')
      result = await interruptTest(shell, user, options)
    })
  servicesVerbs(verb('services', 'look at the definitions of applications'), shell, (done) => {
    result = done
  })
  const notifications = verb('notifications', 'look at messages to people')
  notifications
    .command('list')
    .description('print what is in the outbox, newest first')
    .option('--state <state>', 'only these: held, pending, sending, uncertain, sent, failed, unknown, withdrawn')
    .option('--json', 'print JSON')
    .action(async (options: object) => {
      const { notificationsList } = await import('./commands/notifications.ts')
      result = await notificationsList(shell, options)
    })
  notifications
    .command('retry [keys...]')
    .description('have messages tried again that have failed, or of which nobody knows whether they arrived')
    .option('--failed', 'all that have failed')
    .option('--unknown', 'all of which nobody knows')
    .option('--wait [seconds]', 'wait until they have left or failed, and print what became of them; without a number: a minute')
    .action(async (keys: string[], options: object) => {
      const { notificationsRetry } = await import('./commands/notifications.ts')
      result = await notificationsRetry(shell, keys, options)
    })
  notifications
    .command('discard <keys...>')
    .description('never send messages that have not left')
    .action(async (keys: string[]) => {
      const { notificationsDiscard } = await import('./commands/notifications.ts')
      result = await notificationsDiscard(shell, keys)
    })
  notifications
    .command('test')
    .description('send one message now and say what became of it')
    .requiredOption('--to <recipient>', 'a phone number, or a mail address')
    .option('--text <text>', 'what it says')
    .action(async (options: object) => {
      const { notificationsTest } = await import('./commands/notifications.ts')
      result = await notificationsTest(shell, options)
    })
  addStateVerbs(verb, shell, (done) => {
    result = done
  })
  verb('gen-key', 'print a new key')
    .option('--size <bits>', '256, 384 or 512 bits', '512')
    .option('--bytes <count>', 'size in bytes instead')
    .option('--rsa <bits>', 'a private RSA key instead, as PEM; 2048, 3072 or 4096 bits')
    .option('--kid <id>', 'id of the key')
    .option('--setting <block>', 'print the two lines of a block with new keys, e.g. cas.tgc.crypto')
    .option('--show <block>', 'print the lines of a block as they are in force')
    .option('--all', 'print the lines of every block that is in use, with new keys')
    .action(async (options: object) => {
      const { genKey } = await import('./commands/gen-key.ts')
      result = await genKey(shell, options)
    })
  verb('gen-keystore [file]', 'make a key store with a certificate that signs itself, for a trial; overwrites nothing')
    .option('--days <count>', 'how long it is valid', '365')
    .action(async (file: string | undefined, options: object) => {
      const { genKeystore } = await import('./commands/gen-keystore.ts')
      result = await genKeystore(shell, file, options)
    })
  verb('hash-password', 'print the stored form of a password that is read from standard input')
    .option('--encoder <name>', 'argon2, bcrypt, scrypt, pbkdf2, glibc_crypt or ssha')
    .action(async ({ encoder }: { encoder?: string }) => {
      const { hashPasswordCommand } = await import('./commands/hash-password.ts')
      result = await hashPasswordCommand(shell, encoder)
    })
  verb('healthcheck [url]', 'ask a running server whether it is well')
    .option('--json', 'print JSON')
    .action(async (url: string | undefined, options: object) => {
      const { healthcheck } = await import('./commands/healthcheck.ts')
      result = await healthcheck(shell, url, options)
    })
  verb('version', 'print the version')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) => {
      const facts = { version: ownVersion(), cas: CAS_REFERENCE_VERSION, node: process.version.replace(/^v/, '') }
      process.stdout.write(
        json ? `${JSON.stringify(facts)}\n` : `castellan ${facts.version} (speaks as CAS ${facts.cas}, Node ${process.version})\n`,
      )
    })
  program.version(ownVersion(), '--version', 'print the version')
  return { program, result: () => result }
}

const SETTINGS_HELP = `
Settings stand anywhere on the command line: --config-dir DIRECTORY, --key=value, -Dkey=value;
--strict makes unknown settings stop the start.`

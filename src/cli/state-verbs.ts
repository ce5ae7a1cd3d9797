import type { Command } from 'commander'
import type { CommandResult, Shell } from './command.ts'

type Verb = (signature: string, about: string) => Command
const several = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** `users`, `authn`, `audit`, `tickets`: people, logins and what a server has kept. Each loads its own page when it is called. */
export function addStateVerbs(verb: Verb, shell: Shell, done: (result: CommandResult) => void): void {
  const users = verb('users', 'keep the file of users (cas.authn.json.location)')
  const file = ['--file <file>', 'a file in place of that of the settings'] as const
  users
    .command('list')
    .description('print who is in it, in what state; no password')
    .option(...file)
    .option('--json', 'print JSON')
    .action(async (options: object) => done(await (await import('./commands/users.ts')).usersList(shell, options)))
  users
    .command('add <name>')
    .description('add a user; the password is read from standard input and stored as a hash')
    .option('--attribute <name=value>', 'an attribute of the user; may be given several times', several, [])
    .option(...file)
    .action(async (name: string, options: object) =>
      done(await (await import('./commands/users.ts')).usersChange(shell, 'add', name, options)),
    )
  users
    .command('passwd <name>')
    .description('change the password of a user')
    .option(...file)
    .action(async (name: string, options: object) =>
      done(await (await import('./commands/users.ts')).usersChange(shell, 'password', name, options)),
    )
  users
    .command('remove <name>')
    .description('remove a user')
    .option(...file)
    .action(async (name: string, options: object) =>
      done(await (await import('./commands/users.ts')).usersChange(shell, 'remove', name, options)),
    )
  verb('authn', 'look at logins')
    .command('test <user>')
    .description('try a login with the password of standard input, without a session: which handlers are asked, with which result')
    .option('--service <url>', 'the application on the way to which one logs in')
    .option('--json', 'print JSON')
    .action(async (user: string, options: object) => done(await (await import('./commands/authn.ts')).authnTest(shell, user, options)))
  const audit = verb('audit', 'look at the audit trail')
  audit
    .command('list')
    .description('print the latest records that this machine has kept, newest first')
    .option('--interval <duration>', 'no older ones, e.g. PT1H')
    .option('--action <pattern>', 'whose action has this')
    .option('--principal <pattern>', 'whose user has this')
    .option('--resource <pattern>', 'whose resource has this')
    .option('--address <pattern>', 'whose client address has this')
    .option('--count <count>', 'no more than these', '100')
    .option('--json', 'print JSON lines')
    .action(async (options: object) => done(await (await import('./commands/audit.ts')).auditList(shell, options)))
  audit
    .command('verify')
    .description('say whether the records that this machine has kept are complete and unchanged; prints the head of each chain')
    .option('--json', 'print JSON')
    .action(async (options: object) => done(await (await import('./commands/audit.ts')).auditVerify(shell, options)))
  const tickets = verb('tickets', 'look at the tickets that servers of this machine keep')
  tickets
    .command('list')
    .description('print living sessions, or tickets of another kind; what stands in place of ids is of no use to anybody')
    .option('--user <name>', 'sessions of this user')
    .option('--kind <prefix>', 'another kind, e.g. AT', 'TGT')
    .option('--count <count>', 'no more than these', '100')
    .option('--json', 'print JSON lines')
    .action(async (options: object) => done(await (await import('./commands/tickets.ts')).ticketsList(shell, options)))
  tickets
    .command('count')
    .description('print how many there are, by kind')
    .option('--json', 'print JSON')
    .action(async (options: object) => done(await (await import('./commands/tickets.ts')).ticketsCount(shell, options)))
  tickets
    .command('show <handle>')
    .description('print what is known of one as JSON, and the applications of a session')
    .action(async (handle: string) => done(await (await import('./commands/tickets.ts')).ticketsShow(shell, handle)))
  tickets
    .command('destroy <handle>')
    .description('end a session; its applications hear of it from a running server')
    .action(async (handle: string) => done(await (await import('./commands/tickets.ts')).ticketsDestroy(shell, handle)))
  tickets
    .command('compact')
    .description(
      'give the room of tickets that are gone back to the disk; every server has to be stopped. Prints size before and after, in bytes',
    )
    .option('--force', 'also where it cannot be known whether a server runs')
    .option('--json', 'print JSON lines')
    .action(async (options: object) => done(await (await import('./commands/tickets.ts')).ticketsCompact(shell, options)))
  verb('import-overlay <directory>', 'say what becomes of a CAS overlay: its modules, its etc/cas')
    .option('--to <directory>', 'copy its etc/cas there; nothing is overwritten')
    .option('--json', 'print JSON')
    .action(async (directory: string, options: object) =>
      done(await (await import('./commands/import-overlay.ts')).importOverlay(shell, directory, options)),
    )
}

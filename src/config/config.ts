import { logPattern } from '../base/log-pattern.ts'
import { choice, flag, group, type Infer, int, mapOf, optional, resource, size, text, texts, verified } from '../base/schema.ts'

/** A layout of the log; kept as written, refused where a word of it is not known. */
const layout = (about: string) => verified(text('', about, { restart: true, template: true }), logPattern)

/** Settings about the settings themselves, the state directory and the log: what has to be known before any room exists. */
export const frameConfig = group({
  spring: group({
    application: group({
      name: text('cas', 'Base name of the files in the configuration directory, besides `application` and the profiles.'),
    }),
    config: group({
      name: optional(text('', 'One more base name of files in the configuration directory.')),
      import: texts(
        [],
        'Further files, folders with `application.*`, `configtree:` folders of secrets, and `env:` variables; `optional:` before those that may be missing.',
      ),
    }),
    profiles: group({
      active: texts(['standalone'], 'Active profiles, each of which adds files to the configuration; the last one wins.'),
      default: texts(['default'], 'Profiles that are active when spring.profiles.active is set to nothing.'),
      include: texts([], 'Profiles that are active besides those of spring.profiles.active.'),
      group: mapOf(texts([], 'Profiles that become active with the one that the key names.')),
    }),
    main: group({
      bannerMode: choice(['console', 'log', 'off'], 'console', 'Whether the start says what starts: `off` does not.'),
    }),
  }),
  logging: group({
    level: mapOf(
      choice(
        ['TRACE', 'ALL', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'OFF', 'FALSE'],
        'INFO',
        'Level of the log: what is less is not written.',
      ),
      'Level of the log, by `root`, the name of a room or a logger name of CAS, or a group of those.',
    ),
    group: mapOf(texts([], 'Names that one level counts for.'), 'Groups of names for logging.level, by their own name; `web` is there.'),
    config: optional(
      resource('', 'File of Log4j 2 (XML), of which levels and the files of the log and of the audit trail are taken.', { restart: true }),
    ),
    file: group({
      name: optional(resource('', 'File to which the log is written besides standard output.', { restart: true })),
      path: optional(
        resource('', 'Folder for that file, whose name is then `castellan.log`; logging.file.name counts before it.', { restart: true }),
      ),
    }),
    pattern: group({
      console: optional(layout('Layout of the log on standard output, as Logback and Log4j know it; not with JSON lines.')),
      file: optional(layout('Layout of the file.')),
    }),
    logback: group({
      rollingpolicy: group({
        maxFileSize: size('10MB', 'Larger log files are put aside and compressed; so is that of another day.', {
          restart: true,
          formerly: ['logging.file.max-size'],
        }),
        maxHistory: int(7, 'Days after which such files are deleted.', { min: 0, restart: true, formerly: ['logging.file.max-history'] }),
        totalSizeCap: size('0B', 'What they may take together; the oldest are deleted. 0: no limit.', {
          restart: true,
          formerly: ['logging.file.total-size-cap'],
        }),
      }),
    }),
  }),
  cas: group({
    events: group({
      core: group({
        trackConfigurationModifications: flag(
          true,
          'Whether changed files of the configuration are read by themselves; POST to `refresh` reads them in any case.',
          {
            formerly: ['cas.events.trackConfigurationModifications'],
          },
        ),
      }),
    }),
    standalone: group({
      configurationDirectory: optional(
        resource('', 'Folder of the configuration; not set: the first of /etc/cas/config, /opt/cas/config, /var/cas/config that exists.', {
          restart: true,
          formerly: ['cas.standalone.config'],
        }),
      ),
      configurationFile: optional(
        resource('', 'One more file of settings, above those of the folder.', { formerly: ['cas.standalone.config.file'] }),
      ),
      configurationSecurity: group({
        psw: text('', 'Password of encrypted settings. Counts outside of files only, as the four below.', { secret: true }),
        alg: text('PBEWithMD5AndTripleDES', 'Algorithm of encrypted settings, by its name in Java.'),
        iterations: int(1000, 'How often the password is hashed for each encrypted setting.', { min: 1, max: 1_000_000 }),
        initializationVector: optional(
          flag(true, 'Whether encrypted settings hold an initialization vector. Not set: where the algorithm needs one.'),
        ),
        provider: text('', 'Taken, and without effect: there is one implementation.'),
      }),
    }),
  }),
  castellan: group({
    config: group({
      strict: flag(false, 'Whether unknown settings and placeholders without a value stop the start; same as `--strict`.'),
      printGeneratedKeys: flag(false, 'Whether generated keys are written to the log, as CAS does.'),
    }),
    state: group({
      directory: optional(
        resource('', 'Folder for generated keys, tickets and the outbox; not set: /var/lib/castellan, else ~/.local/state/castellan.', {
          restart: true,
        }),
      ),
    }),
    log: group({
      format: choice(['auto', 'json', 'text'], 'auto', 'How the log looks; `auto`: JSON lines unless it goes to a terminal.', {
        restart: true,
      }),
    }),
  }),
})
export type FrameConfig = Infer<typeof frameConfig>

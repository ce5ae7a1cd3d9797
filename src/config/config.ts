import { choice, flag, group, type Infer, mapOf, optional, resource, text, texts } from '../base/schema.ts'

/** Settings about the settings themselves, the state directory and the log: what has to be known before any room exists. */
export const frameConfig = group({
  spring: group({
    application: group({
      name: text('cas', 'Base name of the files in the configuration directory, besides `application` and the profiles.', {
        restart: true,
      }),
    }),
    config: group({ name: optional(text('', 'One more base name of files in the configuration directory.', { restart: true })) }),
    profiles: group({
      active: texts(['standalone'], 'Active profiles, each of which adds files to the configuration; the last one wins.', {
        restart: true,
      }),
      include: texts([], 'Profiles that are active besides those of spring.profiles.active.', { restart: true }),
      group: mapOf(texts([], 'Profiles that become active with the one that the key names.', { restart: true })),
    }),
    main: group({
      bannerMode: choice(['console', 'log', 'off'], 'console', 'Whether the start says what starts: `off` does not.'),
    }),
  }),
  logging: group({
    level: mapOf(
      text('', 'Level: `trace`, `debug`, `info`, `warn`, `error`, `off`.'),
      'Level of the log, by `root` or a logger name of CAS.',
    ),
  }),
  cas: group({
    standalone: group({
      configurationDirectory: optional(
        resource('', 'Folder of the configuration; not set: the first of /etc/cas/config, /opt/cas/config, /var/cas/config that exists.', {
          restart: true,
          formerly: ['cas.standalone.config'],
        }),
      ),
      configurationFile: optional(
        resource('', 'One more file of settings, above those of the folder.', { restart: true, formerly: ['cas.standalone.config.file'] }),
      ),
    }),
  }),
  castellan: group({
    config: group({
      strict: flag(false, 'Whether unknown settings and placeholders without a value stop the start; same as `--strict`.', {
        restart: true,
      }),
      printGeneratedKeys: flag(false, 'Whether generated keys are written to the log, as CAS does.', { restart: true }),
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

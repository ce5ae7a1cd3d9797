import { choice, duration, flag, group, type Infer, int, optional, regex, resource, text, texts } from '../base/schema.ts'

/** What the service registry can be told (services.md 2). */
export const servicesConfig = group({
  cas: group({
    serviceRegistry: group({
      core: group({
        initFromJson: flag(
          false,
          'Whether another store is seeded from JSON files; without effect while the JSON store is the active one.',
          {
            formerly: ['cas.service-registry.init-from-json'],
          },
        ),
        indexServices: flag(true, 'Whether services are looked up through the index; the result is the same without it.'),
      }),
      json: group({
        location: resource(
          'classpath:/services',
          'Directory of the definitions; several, separated by commas, are read in turn and the first is written to.',
          {
            formerly: ['cas.service-registry.config.location'],
          },
        ),
        watcherEnabled: flag(true, 'Whether changes of files are picked up by themselves.', {
          formerly: ['cas.service-registry.watcher-enabled'],
        }),
      }),
      yaml: group({
        location: resource(
          'classpath:/services',
          'Directory of definitions in YAML; where it is that of the JSON files, both are read from it.',
        ),
        watcherEnabled: flag(true, 'Whether changes of the YAML files are picked up by themselves.'),
      }),
      git: group({
        repositoryUrl: optional(
          text(
            '',
            'Repository of the definitions: an https, ssh or file address, or a path. Set, it takes the place of the directories of JSON and YAML.',
            {
              restart: true,
            },
          ),
        ),
        activeBranch: text('master', 'Branch whose definitions are served.', { restart: true }),
        branchesToClone: texts(['*'], 'Branches that are cloned: `*` for all, else the active one only.', { restart: true }),
        username: optional(text('', 'Who the server is to an https repository.', { restart: true })),
        password: optional(text('', 'Secret or token that goes with it.', { secret: true, restart: true })),
        pushChanges: flag(false, 'Whether what is saved and deleted here is sent to the repository; what it does not take is not saved.', {
          restart: true,
        }),
        signCommits: flag(false, 'Whether commits are signed, with the key that git is configured with.', { restart: true }),
        rebase: flag(
          false,
          'Whether commits of this clone are put on top of those of the repository; else both must not have any at once.',
          { restart: true },
        ),
        timeout: duration('PT10S', 'Longest time that one run of git may take.', { restart: true }),
        privateKey: group({
          location: optional(
            resource('', 'File of a private key, without a passphrase, for ssh.', {
              formerly: ['cas.service-registry.git.private-key-path'],
              restart: true,
            }),
          ),
        }),
        privateKeyPassphrase: optional(text('', 'Not supported: give the key to an ssh agent.', { secret: true, restart: true })),
        sshSessionPassword: optional(text('', 'Not supported: use a key.', { secret: true, restart: true })),
        strictHostKeyChecking: flag(true, 'Whether ssh refuses hosts that it does not know; else it learns them when they are met first.', {
          restart: true,
        }),
        clearExistingIdentities: flag(false, 'Whether keys of an ssh agent are left alone.', { restart: true }),
        cloneDirectory: group({
          location: optional(
            resource(
              '',
              'Where the clone is kept, which nobody else may touch; unset: `cas-service-registry` in the directory for temporary files.',
              {
                formerly: ['cas.service-registry.git.clone-directory'],
                restart: true,
              },
            ),
          ),
        }),
        rootDirectory: text('', 'Directory of the repository that the definitions lie in; blank: its root.', { restart: true }),
        groupByType: flag(true, 'Whether new definitions go to a folder of their kind.', { restart: true }),
      }),
      templates: group({
        directory: group({
          location: optional(resource('', 'Directory of the templates that definitions name with `templateName`; unset: there are none.')),
        }),
      }),
      schedule: group({
        enabled: flag(true, 'Whether definitions are re-read periodically.'),
        startDelay: duration('PT15S', 'Time from the start to the first periodic reload; a bare number is milliseconds.', {
          bareNumber: 'ms',
        }),
        repeatInterval: duration('PT2M', 'Time between two periodic reloads; a bare number is milliseconds.', { bareNumber: 'ms' }),
        cronExpression: optional(text('', 'Reloads by this expression of six fields, seconds first, in place of the interval.')),
        cronTimeZone: optional(text('', 'Zone of the expression; unset: the zone of the server.')),
        enabledOnHost: regex('.*', 'Periodic reloads run only on hosts whose name matches this pattern.'),
      }),
    }),
  }),
  castellan: group({
    clearpass: group({
      padding: choice(
        ['PKCS1', 'OAEP'],
        'PKCS1',
        'Padding of RSA for passwords and proxy-granting tickets that go to applications; OAEP is with SHA-256.',
      ),
    }),
    environments: texts([], 'Names that activate definitions with `environments`, besides the active profiles.'),
    scripts: group({
      timeout: duration('PT2S', 'Time of one call of a script of a definition; then its thread is ended and the answer is no.'),
    }),
    serviceRegistry: group({
      git: group({
        author: optional(text('', 'Author of commits, `Name <address>`; unset: as git is configured, else Castellan.', { restart: true })),
      }),
      history: group({
        versions: int(100, 'Earlier versions kept of each definition, in `.castellan/history` of its directory; 0: none.', { min: 0 }),
      }),
      expirationZone: text('UTC', 'Zone of expiration dates that name none.'),
    }),
  }),
})

export type ServicesConfig = Infer<typeof servicesConfig>

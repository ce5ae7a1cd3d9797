import { duration, flag, group, type Infer, int, optional, regex, resource, text, texts } from '../base/schema.ts'

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
    environments: texts([], 'Names that activate definitions with `environments`, besides the active profiles.'),
    scripts: group({
      timeout: duration('PT2S', 'Time of one call of a script of a definition; then its thread is ended and the answer is no.'),
    }),
    serviceRegistry: group({
      history: group({
        versions: int(100, 'Earlier versions kept of each definition, in `.castellan/history` of its directory; 0: none.', { min: 0 }),
      }),
      expirationZone: text('UTC', 'Zone of expiration dates that name none.'),
    }),
  }),
})

export type ServicesConfig = Infer<typeof servicesConfig>

import {
  choice,
  duration,
  flag,
  group,
  type Infer,
  int,
  Mistake,
  mapOf,
  optional,
  type Property,
  resource,
  text,
  texts,
} from '../base/schema.ts'
import { ENDPOINT_IDS, type EndpointId } from './endpoint-ids.ts'

const visibility = ['never', 'when-authorized', 'always'] as const
const ACCESS = ['NONE', 'READ_ONLY', 'UNRESTRICTED'] as const

const gate = group({
  enabled: optional(flag(false, 'Whether the endpoint exists; the older form of `access`.')),
  access: optional(choice(ACCESS, 'NONE', 'Which methods the endpoint has: none, only GET, all. It opens the endpoint to nobody.')),
})
const gates = Object.fromEntries(ENDPOINT_IDS.map((id) => [id, gate])) as { readonly [id in EndpointId]: typeof gate }

/** How callers may be let in (configuration.md 14.1). */
export const ACCESS_RULES = ['PERMIT', 'ANONYMOUS', 'DENY', 'AUTHENTICATED', 'ROLE', 'AUTHORITY', 'IP_ADDRESS'] as const
export type AccessRule = (typeof ACCESS_RULES)[number]

const accessRules = (about: string): Property<readonly AccessRule[]> => ({
  kind: 'property',
  type: 'texts',
  fallback: ['DENY'],
  about,
  facts: {},
  fallbackText: 'DENY',
  read(raw) {
    const written = (typeof raw === 'string' ? raw.split(',') : raw).map((word) => word.trim()).filter((word) => word !== '')
    return written.map((word) => {
      const plain = word.toUpperCase().replace(/[-\s]/g, '_')
      const rule = ACCESS_RULES.find((one) => one === plain || one.replace('_', '') === plain)
      if (rule === undefined) throw new Mistake(`must be some of ${ACCESS_RULES.join(', ')}`)
      return rule
    })
  },
})

const health = group({
  enabled: optional(flag(true, 'Whether the health of the server can be asked for; without: yes.')),
  access: gate.shape.access,
  showDetails: choice(visibility, 'never', 'Who sees what each part says about itself.'),
  showComponents: optional(choice(visibility, 'never', 'Who sees the state of each part; not set: who sees the details.')),
  roles: texts([], 'Roles, one of which `when-authorized` asks for; empty: whoever has shown credentials.'),
  group: mapOf(
    group({
      include: texts([], 'Names of the parts, `*`: all.'),
      exclude: texts([], 'Names of parts that do not count.'),
    }),
    'Further answers below the health, by their names: the state of some parts.',
  ),
  probes: group({
    enabled: flag(true, 'Whether there are `liveness` and `readiness` below the health.'),
    addAdditionalPaths: flag(false, 'Whether they can be asked for as `/livez` and `/readyz` too.'),
  }),
  status: group({
    order: texts(
      ['DOWN', 'OUT_OF_SERVICE', 'WARN', 'UNKNOWN', 'UP'],
      'The first of these states that a part is in is that of the server. CAS has WARN first, which hides DOWN.',
    ),
    httpMapping: mapOf(
      int(200, 'HTTP status for the state.', { min: 100, max: 599 }),
      'HTTP status by state; without: 503 for DOWN and OUT_OF_SERVICE.',
    ),
  }),
})

/** Endpoints that show settings. */
const showing = group({
  ...gate.shape,
  showValues: choice(visibility, 'never', 'Who sees the values of settings; secrets are shown to nobody.'),
  roles: texts([], 'Roles, one of which `when-authorized` asks for; empty: whoever has shown credentials.'),
})

export const managementConfig = group({
  casFeatureModule: group({
    palantir: group({
      enabled: flag(false, 'Whether there is a console at `/admin`; it shows what the endpoints would show to the same operator.', {
        restart: true,
      }),
    }),
  }),
  management: group({
    endpoints: group({
      enabledByDefault: optional(
        flag(false, 'Whether endpoints exist that have no setting of their own; the older form of `access.default`.'),
      ),
      access: group({
        default: choice(ACCESS, 'NONE', 'Which methods endpoints have that have no setting of their own; the health is there without.'),
        maxPermitted: choice(ACCESS, 'UNRESTRICTED', 'The most that any endpoint has, whatever its own setting says.'),
      }),
      web: group({
        basePath: text('/actuator', 'Path of the management endpoints below the context path.'),
        pathMapping: mapOf(text('', 'Path below the base path.'), 'Other paths of endpoints, by their ids.'),
        exposure: group({
          include: texts(['info', 'health', 'status'], 'Ids of the endpoints that can be reached, `*`: all.'),
          exclude: texts([], 'Ids of endpoints that cannot, `*`: all; it beats `include`.'),
        }),
        cors: group({
          allowedOrigins: texts(
            [],
            'Origins whose scripts may call the endpoints, `*`: all. Empty: those of cas.http-web-request.cors, if it is on.',
          ),
          allowedOriginPatterns: texts([], 'Patterns that match such origins as a whole.'),
          allowedMethods: texts(['GET'], 'Methods that they may use, `*`: all.'),
          allowedHeaders: texts([], 'Headers that they may send, `*`: all.'),
          exposedHeaders: texts([], 'Headers of the answer that they may read.'),
          allowCredentials: flag(false, 'Whether they may send credentials.'),
          maxAge: duration('1800s', 'How long browsers may keep this permission.'),
        }),
        discovery: group({ enabled: flag(true, 'Whether the base path lists the endpoints.') }),
      }),
    }),
    endpoint: group({ ...gates, health, env: showing, configprops: showing }),
    metrics: group({
      tags: mapOf(text('', 'Value of the label.'), 'Labels of every metric, by name.'),
      enable: mapOf(
        flag(true, 'Whether metrics whose names begin so are there.'),
        'Metrics that are shown, by the begin of their names; `all`: the others.',
      ),
    }),
    prometheus: group({
      metrics: group({
        export: group({
          enabled: flag(false, 'Whether metrics can be read in the format of Prometheus.', {
            formerly: ['management.metrics.export.prometheus.enabled'],
          }),
        }),
      }),
    }),
    health: group({
      ping: group({ enabled: flag(true, 'Whether the part `ping`, which is always up, is shown.') }),
      memoryHealthIndicator: group({ enabled: flag(true, 'Whether memory is a part of the health.') }),
      systemHealthIndicator: group({ enabled: flag(true, 'Whether the load of the machine is a part of the health.') }),
    }),
    server: group({
      port: optional(
        int(0, 'Port of the management endpoints; not set, or that of the server: they are at `server.port`.', {
          min: 0,
          max: 65535,
          restart: true,
        }),
      ),
      address: optional(text('', 'Address to bind for that port; empty: all.', { restart: true })),
      basePath: text('', 'Path before the base path of the endpoints at that port, where the context path does not count.', {
        restart: true,
        formerly: ['management.server.servlet.context-path'],
      }),
      ssl: group({
        enabled: optional(flag(true, 'Whether that port speaks https; not set: as `server.ssl.enabled`.', { restart: true })),
        keyStore: optional(resource('', 'PKCS#12 file for that port; not set: key and certificate of `server.ssl`.', { restart: true })),
        bundle: optional(text('', 'Name of a bundle below `spring.ssl.bundle` for that port.', { restart: true })),
        keyAlias: optional(text('', 'Which entry of that key store is used.', { restart: true })),
        keyStorePassword: optional(text('', 'Password of that key store.', { secret: true, restart: true })),
        keyPassword: optional(text('', 'Password of an encrypted private key in PEM.', { secret: true, restart: true })),
        certificate: optional(resource('', 'PEM file with the certificate chain for that port.', { restart: true })),
        certificatePrivateKey: optional(resource('', 'PEM file with its private key.', { restart: true })),
      }),
    }),
  }),
  cas: group({
    monitor: group({
      tgt: group({ warn: group({ threshold: int(10_000, 'Health says WARN with more sessions than this.', { min: 0 }) }) }),
      st: group({ warn: group({ threshold: int(5000, 'Health says WARN with more unused service tickets than this.', { min: 0 }) }) }),
      memory: group({ freeMemThreshold: int(10, 'Health says DOWN with less free memory than so many percent.', { min: 0, max: 100 }) }),
      load: group({ warn: group({ threshold: int(25, 'Health says WARN above this load average of the last minute.', { min: 0 }) }) }),
      endpoints: group({
        endpoint: mapOf(
          group({
            access: accessRules('Who is let in; of several the first counts.'),
            requiredRoles: texts([], 'Roles, one of which `ROLE` asks for, with or without `ROLE_`.'),
            requiredAuthorities: texts([], 'Authorities, one of which `AUTHORITY` asks for.'),
            requiredIpAddresses: texts([], 'Networks (`10.0.0.0/8`), addresses or patterns, one of which `IP_ADDRESS` asks for.'),
          }),
          'Who may use an endpoint, by its id; `defaults`: those without an entry of their own.',
        ),
        json: group({ location: optional(resource('', 'File of people who may log in: a list of username, password and authorities.')) }),
      }),
    }),
  }),
  spring: group({
    security: group({
      user: group({
        name: text('', 'Who may log in to the management endpoints; empty: nobody.'),
        password: text('', 'His password, plain or as `{bcrypt}…`; empty: nobody.', { secret: true }),
        roles: texts([], 'His roles, without `ROLE_`.'),
      }),
    }),
  }),
})
export type ManagementConfig = Infer<typeof managementConfig>

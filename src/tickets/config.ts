import { choice, cryptoBlock, duration, flag, group, type Infer, int, listOf, optional, regex, size, text, texts } from '../base/schema.ts'

/** Settings of tickets and of the place where they live (tickets.md 3.3, 8). */
export const ticketsConfig = group({
  cas: group({
    ticket: group({
      tgt: group({
        primary: group({
          maxTimeToLiveInSeconds: duration('PT8H', 'Longest life of a session, however much it is used; -1: no limit.', {
            formerly: ['cas.ticket.tgt.max-time-to-live-in-seconds'],
          }),
          timeToKillInSeconds: duration('PT2H', 'Life of a session that nobody uses; -1: no limit.', {
            formerly: ['cas.ticket.tgt.time-to-kill-in-seconds'],
          }),
        }),
        timeout: group({
          maxTimeToLiveInSeconds: optional(duration('PT0S', 'Sessions have an idle limit only, this one. 0 or unset: not used.')),
        }),
        hardTimeout: group({
          timeToKillInSeconds: optional(duration('PT0S', 'Sessions have a fixed life only, this one. 0 or unset: not used.')),
        }),
        throttledTimeout: group({
          timeToKillInSeconds: optional(duration('PT0S', 'Idle limit of sessions whose uses need a distance. 0 or unset: not used.')),
          timeInBetweenUsesInSeconds: optional(
            duration('PT0S', 'Shortest time between two sign-ons of one session. 0 or unset: not used.'),
          ),
        }),
        rememberMe: group({
          enabled: flag(false, 'Whether the login offers a long-term session.'),
          timeToKillInSeconds: duration('P14D', 'Life of a long-term session.'),
          supportedUserAgents: regex('', 'Pattern that the user agent must match for a long-term session; empty: every one.'),
          supportedIpAddresses: regex('', 'Pattern that the client address must match for a long-term session; empty: every one.'),
        }),
        core: group({
          maxLength: int(50, 'Random bytes in the id of a session; never fewer than 16.', { formerly: ['cas.ticket.tgt.max-length'] }),
          onlyTrackMostRecentSession: flag(
            true,
            'Whether a newer ticket for the same path of an application takes the place of the older at logout.',
            {
              formerly: ['cas.ticket.tgt.only-track-most-recent-session'],
            },
          ),
        }),
      }),
      st: group({
        numberOfUses: int(1, 'How often one service ticket may be validated.', { min: 1, wide: true }),
        timeToKillInSeconds: duration('PT10S', 'Life of a service ticket.'),
        maxLength: int(20, 'Random bytes in the id of a service ticket; never fewer than 16.'),
      }),
      pt: group({
        numberOfUses: int(1, 'How often one proxy ticket may be validated.', { min: 1, wide: true }),
        timeToKillInSeconds: duration('PT10S', 'Life of a proxy ticket.'),
      }),
      pgt: group({ maxLength: int(50, 'Random bytes in the id of a proxy-granting ticket; never fewer than 16.', { wide: true }) }),
      tst: group({
        numberOfUses: int(1, 'How often one transient session ticket may be used.', { min: 1, wide: true }),
        timeToKillInSeconds: duration('PT15M', 'Life of a transient session ticket.'),
      }),
      registry: group({
        cleaner: group({
          schedule: group({
            enabled: flag(true, 'Whether this node looks for expired tickets.', { formerly: ['cas.ticket.registry.cleaner.enabled'] }),
            startDelay: duration('PT10S', 'Time from the start to the first search for expired tickets.', {
              bareNumber: 'ms',
              formerly: ['cas.ticket.registry.cleaner.start-delay'],
            }),
            repeatInterval: duration('PT1M', 'Longest time between two searches for expired tickets.', {
              bareNumber: 'ms',
              formerly: ['cas.ticket.registry.cleaner.repeat-interval'],
            }),
            cronExpression: text('', 'Cron expression that takes the place of the interval.'),
            enabledOnHost: regex('.*', 'Pattern that the host name must match for this node to search.'),
          }),
        }),
        redis: group({
          enabled: flag(true, 'Whether the settings of Redis count.', { restart: true }),
          host: optional(text('', 'Host of the Redis server.', { restart: true })),
          uri: optional(text('', 'Address of the Redis server.', { secret: true, restart: true })),
          sentinel: group({ master: optional(text('', 'Name of the primary that the sentinels watch.', { restart: true })) }),
          cluster: group({
            nodes: listOf(group({ host: text('', 'Host of a node of the cluster.', { restart: true }) }), 'Nodes of the cluster.'),
          }),
        }),
        jpa: group({ url: optional(text('', 'JDBC URL of the ticket database.', { secret: true, restart: true })) }),
        hazelcast: group({
          cluster: group({
            core: group({ instanceName: optional(text('', 'Name of the Hazelcast instance.', { restart: true })) }),
            network: group({
              members: texts([], 'Members of the Hazelcast cluster.', {
                restart: true,
                formerly: ['cas.ticket.registry.hazelcast.cluster.members'],
              }),
            }),
          }),
        }),
        mongo: group({
          clientUri: optional(text('', 'Address of the MongoDB server.', { secret: true, restart: true })),
          host: optional(text('', 'Host of the MongoDB server.', { restart: true })),
        }),
        dynamoDb: group({
          endpoint: optional(text('', 'Address of DynamoDB.', { restart: true })),
          region: optional(text('', 'Region of DynamoDB.', { restart: true })),
        }),
        cassandra: group({ contactPoints: texts([], 'Contact points of Cassandra.', { restart: true }) }),
        memcached: group({ servers: optional(text('', 'Memcached servers.', { restart: true })) }),
        ignite: group({ igniteAddress: texts([], 'Addresses of Ignite.', { restart: true }) }),
        kafka: group({ bootstrapAddress: optional(text('', 'Address of Kafka.', { restart: true })) }),
        cosmosDb: group({ uri: optional(text('', 'Address of Cosmos DB.', { restart: true })) }),
        couchbase: group({
          addresses: texts([], 'Addresses of Couchbase.', { restart: true }),
          nodeSet: optional(text('', 'Addresses of Couchbase, in the spelling of earlier versions.', { restart: true })),
        }),
        couchDb: group({ url: optional(text('', 'Address of CouchDB.', { secret: true, restart: true })) }),
        ehcache: group({ configLocation: optional(text('', 'Configuration of Ehcache.', { restart: true })) }),
        ehcache3: group({
          terracotta: group({
            terracottaClusterUri: optional(
              text('', 'Address of Terracotta.', { restart: true, formerly: ['cas.ticket.registry.ehcache3.terracotta-cluster-uri'] }),
            ),
          }),
        }),
        geode: group({ locators: optional(text('', 'Locators of Geode.', { restart: true })) }),
        infinispan: group({ configLocation: optional(text('', 'Configuration of Infinispan.', { restart: true })) }),
      }),
    }),
  }),
  castellan: group({
    ticketRegistry: group({
      store: optional(
        choice(
          ['lmdb', 'memory', 'redis', 'postgresql', 'stateless'],
          'lmdb',
          'Where tickets live: `lmdb` (in the state directory, the default) or `memory` (lost at the end).',
          { restart: true },
        ),
      ),
      touchInterval: duration(
        'PT5S',
        'How late the last use of a session may be noted; never later than a hundredth of its idle limit. 0: at once.',
        { restart: true },
      ),
      embedded: group({
        path: text('', 'Directory of the embedded store; empty: `tickets` in the state directory.', { restart: true }),
        mapSize: size('64GB', 'Address space that the embedded store may grow into; no memory or disk is taken before it is used.', {
          restart: true,
        }),
      }),
      memory: group({ maxTickets: int(1_000_000, 'How many tickets the memory store takes.', { min: 1, restart: true }) }),
      ids: group({
        key: text(
          '',
          'Key under which ids of tickets are digested: the `k` of an oct JWK of 256 bits. Made at the first start, and kept.',
          {
            secret: true,
            restart: true,
          },
        ),
      }),
      crypto: cryptoBlock({ enabled: false, encryptionKeySize: 16, alg: 'AES', restart: true }),
    }),
  }),
})
export type TicketsConfig = Infer<typeof ticketsConfig>

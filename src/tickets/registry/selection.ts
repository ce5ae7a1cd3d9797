import type { TicketsConfig } from '../config.ts'
import { TicketRegistryUnusable } from '../errors.ts'

/** Settings by which another store of CAS is recognised: its name and the first of its settings that is there. */
function foreignStores({ cas }: TicketsConfig): readonly { readonly name: string; readonly setting: string }[] {
  const { redis, jpa, hazelcast, mongo, dynamoDb, cassandra, memcached, ignite, kafka, cosmosDb, ...rest } = cas.ticket.registry
  const rows: readonly (readonly [name: string, setting: string, given: unknown])[] = [
    ['Redis', 'redis.host', redis.enabled ? redis.host : undefined],
    ['Redis', 'redis.uri', redis.enabled ? redis.uri : undefined],
    ['Redis', 'redis.sentinel.master', redis.enabled ? redis.sentinel.master : undefined],
    ['Redis', 'redis.cluster.nodes', redis.enabled && redis.cluster.nodes.length > 0],
    ['a relational database', 'jpa.url', jpa.url],
    ['Hazelcast', 'hazelcast.cluster.network.members', hazelcast.cluster.network.members.length > 0],
    ['Hazelcast', 'hazelcast.cluster.core.instance-name', hazelcast.cluster.core.instanceName],
    ['MongoDB', 'mongo.client-uri', mongo.clientUri],
    ['MongoDB', 'mongo.host', mongo.host],
    ['DynamoDB', 'dynamo-db.endpoint', dynamoDb.endpoint],
    ['DynamoDB', 'dynamo-db.region', dynamoDb.region],
    ['Cassandra', 'cassandra.contact-points', cassandra.contactPoints.length > 0],
    ['Memcached', 'memcached.servers', memcached.servers],
    ['Ignite', 'ignite.ignite-address', ignite.igniteAddress.length > 0],
    ['Kafka', 'kafka.bootstrap-address', kafka.bootstrapAddress],
    ['Cosmos DB', 'cosmos-db.uri', cosmosDb.uri],
    ['Couchbase', 'couchbase.addresses', rest.couchbase.addresses.length > 0],
    ['Couchbase', 'couchbase.node-set', rest.couchbase.nodeSet],
    ['CouchDB', 'couch-db.url', rest.couchDb.url],
    ['Ehcache', 'ehcache.config-location', rest.ehcache.configLocation],
    ['Ehcache', 'ehcache3.terracotta.terracotta-cluster-uri', rest.ehcache3.terracotta.terracottaClusterUri],
    ['Geode', 'geode.locators', rest.geode.locators],
    ['Infinispan', 'infinispan.config-location', rest.infinispan.configLocation],
  ]
  return rows.filter(([, , given]) => given).map(([name, setting]) => ({ name, setting: `cas.ticket.registry.${setting}` }))
}

const ALTERNATIVE =
  'this version keeps tickets in its embedded store, shared by all processes of one machine: remove the setting, or choose with castellan.ticket-registry.store=lmdb'

/**
 * The store that the settings choose (tickets.md 8.7).
 *
 * @throws {TicketRegistryUnusable} for a store that is recognised but not built, and for settings of two stores at once.
 */
export function storeWanted(settings: TicketsConfig): 'lmdb' | 'memory' {
  const chosen = settings.castellan.ticketRegistry.store
  if (chosen === 'lmdb' || chosen === 'memory') return chosen
  if (chosen === 'stateless') {
    throw new TicketRegistryUnusable('asks for stateless tickets, which can be used twice and cannot be revoked; choose lmdb', {
      setting: 'castellan.ticket-registry.store',
    })
  }
  if (chosen !== undefined) {
    throw new TicketRegistryUnusable(`asks for ${chosen}, which is not built yet; ${ALTERNATIVE}`, {
      setting: 'castellan.ticket-registry.store',
    })
  }
  const [first, ...more] = foreignStores(settings)
  if (!first) return 'lmdb'
  const second = more.find(({ name }) => name !== first.name)
  if (second) {
    throw new TicketRegistryUnusable(
      `names ${first.name} for tickets and ${second.setting} names ${second.name}; choose one with castellan.ticket-registry.store`,
      { setting: first.setting },
    )
  }
  throw new TicketRegistryUnusable(`names ${first.name} for tickets, which is not built yet; ${ALTERNATIVE}`, { setting: first.setting })
}

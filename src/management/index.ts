/**
 * Management: what operators and their tools ask the server for. It owns the endpoints below `/actuator` and who may use them (configuration.md 14). An
 * endpoint is a file in endpoints/, given the doors it needs; this room is handed sources by every other and hands nothing on but routes.
 */

export type { ManagementConfig } from './config.ts'
export { consoleTicketKinds } from './console/kinds.ts'
export { exchangeLog } from './endpoints/httpexchanges.ts'
export { featureNames } from './features.ts'
export { isReachable } from './gates.ts'
export type { ComponentHealth, HealthSource, HealthStatus } from './health.ts'
export { configurationHealth, messageHealth } from './health-sources.ts'
export { type Management, type ManagementParts, openManagement } from './management.ts'
export { atOwnPort, onlyEndpoints, ownPortSettings } from './own-port.ts'

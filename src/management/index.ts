/**
 * Management: what operators and their tools ask the server for. It owns the endpoints below `/actuator` and who may use them; so far the health and its
 * probes, which containers need. It is handed sources by every room and hands nothing on.
 */
export type { ManagementConfig } from './config.ts'
export type { ComponentHealth, HealthSource, HealthStatus } from './health.ts'
export { type ManagementParts, managementRoutes } from './routes.ts'

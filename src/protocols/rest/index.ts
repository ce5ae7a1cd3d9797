/**
 * The REST protocol (cas-protocol.md 9): sessions and service tickets for programs that hold a user's name and password. It goes through the same
 * handlers, throttling, access strategies and audit as the login page, and shows no page: what would ask a person something does not happen here.
 */
export { type RestConfig, restConfig } from './config.ts'
export { type RestParts, restRoutes, restTranslators } from './routes.ts'

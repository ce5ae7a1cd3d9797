import type { ServicesConfig } from './config.ts'
import { writableDirectory } from './registry/json/location.ts'

/** The directory that definitions are written to, which all servers share; `undefined`: this server writes none. It need not exist yet. */
export const definitionsDirectory = ({ cas }: ServicesConfig): string | undefined => writableDirectory(cas.serviceRegistry.json.location)

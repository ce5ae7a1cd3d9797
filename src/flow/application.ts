import type { RegisteredService } from '../services/index.ts'
import type { ApplicationProps } from '../views/index.ts'

/** What a page may tell about the application one is on the way to. */
export function applicationProps(service: RegisteredService | undefined): ApplicationProps | undefined {
  // A login that is for this server itself names no application.
  if (service?.flag('internalServiceDefinition', false)) return undefined
  return (
    service && {
      name: service.name,
      description: service.description,
      logo: service.logo,
      informationUrl: service.informationUrl,
      privacyUrl: service.privacyUrl,
      wildcard: service.flag('wildcardedServiceDefinition', false),
    }
  )
}

import type { RegisteredService } from '../../services/index.ts'
import type { ApplicationProps } from '../../views/index.ts'

/** What a page of this room tells about a client. */
export function applicationProps({ name, description, logo, informationUrl, privacyUrl }: RegisteredService): ApplicationProps {
  return { name, description, logo, informationUrl, privacyUrl, wildcard: false }
}

import { randomText } from '../../base/crypto.ts'
import type { Json } from '../../base/json.ts'
import type { RegisteredService, Saved, Services, Writing } from '../../services/index.ts'
import { isOver } from './client-secrets.ts'
import type { Clients } from './clients.ts'
import { writeSecrets } from './definition-secrets.ts'
import type { Room } from './room.ts'

/** `OAuthRegisteredServiceClientSecret` of CAS 8. */
const ENTRY_CLASS = 'org.apereo.cas.support.oauth.services.OAuthRegisteredServiceClientSecret'
/** 286 bits. */
const SECRET_CHARACTERS = 48

export interface RotationWish {
  readonly expireInSeconds: number
  /** Leaves those alone that are in force. */
  readonly expiredOnly: boolean
  /** How long those that are replaced still count. */
  readonly overlapInSeconds: number
}

export type Rotation =
  | { readonly kind: 'rotated'; readonly service: RegisteredService }
  | { readonly kind: 'unknown' }
  /** The client has no secret that could be replaced. */
  | { readonly kind: 'nothing' }
  | Exclude<Saved, { readonly kind: 'saved' }>

/** New secrets for a client, in its definition (oauth.md 17). */
export interface SecretRotation {
  rotate(clientId: string, wish: RotationWish, writing: Writing): Promise<Rotation>
}

export interface SecretRotationParts extends Pick<Room, 'clock'> {
  readonly clients: Clients
  readonly services: Pick<Services, 'save'>
}

export function secretRotation({ clients, services, clock }: SecretRotationParts): SecretRotation {
  return {
    async rotate(clientId, { expireInSeconds, expiredOnly, overlapInSeconds }, writing) {
      const finding = await clients.find(clientId)
      if (finding.kind === 'unknown') return { kind: 'unknown' }
      const { secrets, service } = finding.client
      const now = clock()
      const ending = (seconds: number) => (Number.isFinite(seconds) ? { expiration: Math.floor(now / 1000 + seconds) } : {})
      const entry = (value: string, expiration: Json) => ({ '@class': ENTRY_CLASS, value, ...(expiration as object) })
      const replaced = secrets.filter((secret) => !expiredOnly || isOver(secret, now))
      if (replaced.length === 0) return { kind: 'nothing' }
      const entries = secrets.flatMap((secret) => {
        const { value, expiration } = secret
        const kept = entry(value, expiration === undefined ? {} : { expiration })
        if (!replaced.includes(secret)) return [kept]
        const fresh = entry(randomText(SECRET_CHARACTERS), ending(expireInSeconds))
        // What is over already does not come back for the sake of an overlap.
        return overlapInSeconds > 0 && !isOver(secret, now) ? [fresh, entry(value, ending(overlapInSeconds))] : [fresh]
      })
      const saved = await writeSecrets(services, service, { entries }, writing)
      return saved.kind === 'saved' ? { kind: 'rotated', service: saved.service } : saved
    },
  }
}

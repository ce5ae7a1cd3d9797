import type { Attributes } from '../services/index.ts'

/** A place that knows attributes of users (authentication.md 9): a repository, in the words of CAS. */
export interface AttributeSource {
  /** What `active-attribute-repository-ids` and services call it. */
  readonly id: string
  readonly order: number
  readonly state: 'ACTIVE' | 'STANDBY' | 'DISABLED'
  /** @returns `undefined` for somebody it does not know. @throws when it cannot be asked. */
  attributesOf(username: string): Promise<Attributes | undefined>
}

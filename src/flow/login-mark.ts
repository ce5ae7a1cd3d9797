import { createHash } from 'node:crypto'
import type { Authentication } from '../authentication/index.ts'

/** Which login of which user: what a step keeps in a conversation counts for that one only. */
export const loginMark = ({ principal, authenticatedAtMs }: Authentication): string =>
  createHash('sha256')
    .update(JSON.stringify([principal.id, authenticatedAtMs]))
    .digest('base64url')
    .slice(0, 22)

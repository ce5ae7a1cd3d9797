import { createHash } from 'node:crypto'
import type { Json } from '../../../base/json.ts'
import type { Login } from '../../login.ts'
import type { FoundPage } from './interrupts.ts'
import type { InterruptPayload } from './payload.ts'

/** A page as it was shown; what comes back is compared with it. */
export interface ShownPage {
  readonly payload: InterruptPayload
  readonly digest: string
  /** What is remembered when it is accepted: this payload and those before it in the row; nothing for one that has another memory. */
  readonly mark: string | undefined
  readonly source: string
  readonly memory?: string
}

/** What a conversation keeps of this step; sealed with it, so that nobody can change the payloads that were shown. */
export interface Memory {
  /** Whose login it was: another one in the same conversation is asked about anew. */
  readonly of: string
  /** Absent when there is nothing (more) to show. */
  readonly row?: Row
}

/** Pages in a row, and where in it the user is. */
export interface Row {
  readonly pages: readonly ShownPage[]
  readonly at: number
}

export const STEP_ID = 'interrupt'

/** Sealed by this server and nobody else: its shape is what `remember` wrote. */
export const memoryOf = (login: Login): Memory | undefined => login.state[STEP_ID] as unknown as Memory | undefined

export const remember = (login: Login, memory: Memory): Partial<Login> => ({
  state: { ...login.state, [STEP_ID]: memory as unknown as Json },
})

/** As if nobody had been asked yet. */
export function forgetting(login: Login): Login {
  const { [STEP_ID]: _, ...state } = login.state
  return { ...login, state }
}

/** The pages of a decision with their marks: one mark stands for all pages up to its own, so that the cookie stays as short as it is. */
export function marked(found: readonly FoundPage[]): readonly ShownPage[] {
  let before: string | undefined
  return found.map(({ source, payload, digest, memory }) => {
    const mark = payload.tracked ? joined(before, digest) : undefined
    before = mark ?? before
    return { payload, digest, mark, source: source.name, ...(memory === undefined ? {} : { memory }) }
  })
}

const joined = (before: string | undefined, digest: string) =>
  before === undefined ? digest : createHash('sha256').update(`${before} ${digest}`).digest('base64url')

import { Refusal } from '../../base/errors.ts'

/** A request of a program that is told no: the status says it all, the text is for people. */
export class RestRefusal extends Refusal {
  readonly code = 'rest'
  readonly status: number
  /** Names of CAS's exceptions, where the credentials were at fault. */
  readonly exceptions: readonly string[] | undefined

  constructor(status: number, message: string, exceptions?: readonly string[]) {
    super(message)
    this.name = 'RestRefusal'
    this.status = status
    this.exceptions = exceptions
  }
}

import type { InterruptProps, View } from '../../../views/index.ts'
import { applicationProps } from '../../application.ts'
import type { Login } from '../../login.ts'
import type { InterruptPayload } from './payload.ts'

export interface PageFacts {
  readonly principalId: string
  readonly format: 'SAFE_HTML' | 'TEXT' | 'MARKDOWN' | 'RAW_HTML'
  /** The user wants to stay on a page that would lead on by itself. */
  readonly stays: boolean
  /** The box that says "read" was not ticked. */
  readonly unread: boolean
  /** Which page of several in a row. */
  readonly position?: { readonly page: number; readonly of: number } | undefined
  /** Only to be looked at: nothing on it works. */
  readonly preview?: boolean
}

/** The page of a payload (interrupt.md 5.3). */
export function interruptView(
  payload: InterruptPayload,
  login: Pick<Login, 'registeredService' | 'session'>,
  facts: PageFacts,
): (execution: string) => View {
  const [first] = payload.links
  const props: Omit<InterruptProps, 'execution'> = {
    principalId: facts.principalId,
    application: applicationProps(login.registeredService),
    message: messageOf(payload, facts.format),
    links: payload.links,
    data: payload.data,
    blocked: payload.block,
    signedOn: login.session !== undefined,
    redirect:
      payload.autoRedirect && first && !facts.stays
        ? { href: first.href, seconds: Math.max(0, payload.autoRedirectAfterSeconds) }
        : undefined,
    acknowledge: payload.block ? 'no' : payload.acknowledge,
    unread: facts.unread,
    position: facts.position,
    preview: facts.preview ?? false,
  }
  return (execution) => ({ id: 'interrupt/casInterruptView', props: { ...props, execution } })
}

function messageOf(payload: InterruptPayload, format: PageFacts['format']): InterruptProps['message'] {
  if (payload.messageCode !== undefined) return { code: payload.messageCode }
  return payload.message === undefined ? undefined : { text: payload.message, format: payload.format ?? format }
}

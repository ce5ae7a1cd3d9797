import type { Authentication } from '../../authentication/index.ts'
import type { Release } from '../../services/index.ts'
import { answerRows, loginFacts } from './attributes.ts'
import type { CasProtocolConfig } from './config.ts'
import { textFormat } from './formats/text.ts'
import { xmlFormat } from './formats/xml.ts'

/** What a validation would answer, without a ticket: for who looks after the server and asks what an application gets. */
export type RehearsedAnswer = (
  protocol: 'CAS10' | 'CAS20' | 'CAS30',
  facts: { readonly release: Release; readonly authentication: Authentication },
) => { readonly body: string; readonly contentType: string }

/** The bytes of `/validate`, `/serviceValidate` and `/p3/serviceValidate` (configuration.md 14.3, `casValidate`). */
export function rehearsedAnswer(settings: CasProtocolConfig): RehearsedAnswer {
  const { cas1, cas2, cas3 } = settings.cas.view
  const perLine = cas1.attributeRendererType === 'VALUES_PER_LINE'
  const mayGoOut = loginFacts(settings)
  const xml = xmlFormat(cas3.attributeRendererType === 'INLINE')
  const text = textFormat(perLine)
  return (protocol, { release, authentication }) => {
    const format = protocol === 'CAS10' ? text : xml
    const withAttributes = protocol === 'CAS30' || (protocol === 'CAS20' ? cas2.v3ForwardCompatible : perLine)
    const attributes = withAttributes ? answerRows(release, authentication, true, mayGoOut) : undefined
    return { body: format.success({ user: release.username, attributes }), contentType: format.contentType }
  }
}

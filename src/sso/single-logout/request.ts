import { deflateRawSync } from 'node:zlib'
import { escapeXml } from '../../base/xml.ts'

export interface LogoutRequest {
  /** `LR-…` */
  readonly id: string
  readonly issuedAtMs: number
  /** The user's name as the application knows it. */
  readonly nameId: string
  /** Id of the service or proxy ticket that the application validated: by it, it knows its own session. */
  readonly sessionIndex: string
}

/** The message of a logout on one line, its prefixes as several clients look for them as text (cas-protocol.md 11.3). */
export function logoutRequestXml({ id, issuedAtMs, nameId, sessionIndex }: LogoutRequest): string {
  const instant = `${new Date(issuedAtMs).toISOString().slice(0, 19)}Z`
  return (
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${id}" Version="2.0" IssueInstant="${instant}">` +
    `<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${escapeXml(nameId)}</saml:NameID>` +
    `<samlp:SessionIndex>${escapeXml(sessionIndex)}</samlp:SessionIndex></samlp:LogoutRequest>`
  )
}

/** The same for an address that a browser is to call: raw deflate, Base64 (11.4). */
export const packedRequest = (xml: string): string => deflateRawSync(xml).toString('base64')

import { escapeXml } from '../../../base/xml.ts'
import type { Row } from '../attributes.ts'
import type { Format, ProxyFormat } from './format.ts'

const OPEN = "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n"
const CLOSE = '</cas:serviceResponse>'

/**
 * XML as CAS writes it, byte by byte, but in the order of the schema (cas-protocol.md 4.4).
 *
 * @param inline Attributes as `<cas:attribute name="…" value="…">` (`cas.view.cas3.attribute-renderer-type=INLINE`).
 */
export function xmlFormat(inline: boolean): Format {
  const writeRow = inline ? inlineRow : elementRow
  return {
    contentType: 'application/xml;charset=UTF-8',
    success({ user, attributes, proxyGrantingTicketIou: iou, proxies = [] }) {
      let body = `${OPEN}    <cas:authenticationSuccess>\n        <cas:user>${escapeXml(user)}</cas:user>\n`
      if (attributes && attributes.length > 0) {
        body += '        <cas:attributes>\n'
        for (const row of attributes) body += writeRow(row)
        body += '        </cas:attributes>\n'
      }
      if (iou !== undefined) body += `        <cas:proxyGrantingTicket>${iou}</cas:proxyGrantingTicket>\n`
      if (proxies.length > 0) {
        body += '        <cas:proxies>\n'
        for (const proxy of proxies) body += `            <cas:proxy>${escapeXml(proxy)}</cas:proxy>\n`
        body += '        </cas:proxies>\n'
      }
      return `${body}    </cas:authenticationSuccess>\n${CLOSE}\n`
    },
    failure(code, description) {
      return `${OPEN}    <cas:authenticationFailure code="${code}">${escapeXml(description)}</cas:authenticationFailure>\n${CLOSE}`
    },
  }
}

/** `/proxy` in XML, byte by byte as CAS. */
export const xmlProxyFormat: ProxyFormat = {
  contentType: 'application/xml;charset=UTF-8',
  success: (ticket) =>
    `${OPEN}    <cas:proxySuccess>\n        <cas:proxyTicket>${ticket}</cas:proxyTicket>\n    </cas:proxySuccess>\n${CLOSE}\n`,
  failure: (code, description) => `${OPEN}    <cas:proxyFailure code="${code}">${escapeXml(description)}</cas:proxyFailure>\n${CLOSE}\n`,
}

function elementRow([name, values]: Row): string {
  const element = elementName(name)
  let text = ''
  for (const value of values) text += `            <cas:${element}>${escapeXml(String(value).trim())}</cas:${element}>\n`
  return text
}

function inlineRow([name, values]: Row): string {
  const escaped = escapeXml(name)
  let text = ''
  for (const value of values) {
    text += `            <cas:attribute name="${escaped}" value="${escapeXml(String(value).trim())}"></cas:attribute>\n`
  }
  return text
}

const NAME_START =
  'A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}'
const NCNAME = new RegExp(`^[${NAME_START}][${NAME_START}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]*$`, 'u')
const PLAIN = /^[A-Za-z_][A-Za-z0-9_.-]*$/

/** A name that is no XML name without a colon becomes `_` and the hex of its UTF-8 bytes; CAS does so for `:` and `@` only (cas-protocol.md 4.6). */
export function elementName(name: string): string {
  return PLAIN.test(name) || NCNAME.test(name) ? name : `_${Buffer.from(name, 'utf8').toString('hex')}`
}

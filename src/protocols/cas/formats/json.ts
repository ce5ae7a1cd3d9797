import type { AttributeValue } from '../../../services/index.ts'
import type { Row } from '../attributes.ts'
import type { Format, ProxyFormat } from './format.ts'

/**
 * JSON as CAS writes it, with blanks around the colon (cas-protocol.md 4.7). Names are as they are: the hex form is for XML only.
 *
 * @param unwrap A single value stands without its list (`castellan.validation.json-unwrap-single-values`).
 */
export function jsonFormat(unwrap: boolean): Format {
  return {
    contentType: 'application/json;charset=UTF-8',
    success({ user, attributes, proxyGrantingTicketIou: iou, proxies = [] }) {
      const members = [
        `"user" : ${JSON.stringify(user)}`,
        ...(attributes ? [`"attributes" : ${attributesObject(attributes, unwrap)}`] : []),
        ...(iou === undefined ? [] : [`"proxyGrantingTicket" : "${iou}"`]),
        ...(proxies.length > 0 ? [`"proxies" : [ ${proxies.map((proxy) => JSON.stringify(proxy)).join(', ')} ]`] : []),
      ]
      return response(`"authenticationSuccess" : {\n      ${members.join(',\n      ')}\n    }`)
    },
    failure,
  }
}

/** `/proxy` in JSON; CAS has none (cas-protocol.md 5.3). */
export const jsonProxyFormat: ProxyFormat = {
  contentType: 'application/json;charset=UTF-8',
  success: (ticket) => response(`"proxySuccess" : {\n      "proxyTicket" : "${ticket}"\n    }`),
  failure,
}

function failure(code: string, description: string): string {
  return response(`"authenticationFailure" : {\n      "code" : "${code}",\n      "description" : ${JSON.stringify(description)}\n    }`)
}

const response = (member: string) => `{\n  "serviceResponse" : {\n    ${member}\n  }\n}`

function attributesObject(rows: readonly Row[], unwrap: boolean): string {
  if (rows.length === 0) return '{ }'
  const members = rows.map(([name, values]) => `        ${JSON.stringify(name)} : ${valuesOf(values, unwrap)}`)
  return `{\n${members.join(',\n')}\n      }`
}

function valuesOf(values: readonly AttributeValue[], unwrap: boolean): string {
  const texts = values.map((value) => JSON.stringify(value))
  return unwrap && texts.length === 1 ? (texts[0] ?? '') : `[ ${texts.join(', ')} ]`
}

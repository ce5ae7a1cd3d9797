import type { AttributeValue } from '../../../services/index.ts'
import type { Row } from '../attributes.ts'
import type { Format } from './format.ts'

/**
 * JSON as CAS writes it, with blanks around the colon (cas-protocol.md 4.7). Names are as they are: the hex form is for XML only.
 *
 * @param unwrap A single value stands without its list (`castellan.validation.json-unwrap-single-values`).
 */
export function jsonFormat(unwrap: boolean): Format {
  return {
    contentType: 'application/json;charset=UTF-8',
    success({ user, attributes }) {
      const member = attributes ? `,\n      "attributes" : ${attributesObject(attributes, unwrap)}` : ''
      return response(`"authenticationSuccess" : {\n      "user" : ${JSON.stringify(user)}${member}\n    }`)
    },
    failure: (code, description) =>
      response(`"authenticationFailure" : {\n      "code" : "${code}",\n      "description" : ${JSON.stringify(description)}\n    }`),
  }
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

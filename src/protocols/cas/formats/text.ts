import type { Format } from './format.ts'

/**
 * The two lines of CAS 1.0 (cas-protocol.md 4.8).
 *
 * @param valuesPerLine Appends `name=v1,v2` for each attribute (`cas.view.cas1.attribute-renderer-type=VALUES_PER_LINE`).
 */
export function textFormat(valuesPerLine: boolean): Format {
  return {
    contentType: 'text/plain;charset=UTF-8',
    success({ user, attributes }) {
      let body = `yes\n${oneLine(user)}\n`
      if (valuesPerLine) for (const [name, values] of attributes ?? []) body += `${oneLine(name)}=${values.map(oneLine).join(',')}\n`
      return body
    },
    failure: () => 'no\n\n',
  }
}

/** A line break in a name or value must not become a line of the answer. */
function oneLine(value: string | number | boolean): string {
  return String(value)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '')
    .toWellFormed()
}

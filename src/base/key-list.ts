/**
 * Keys of a setting that may list several: texts, or whole JWKs. The commas inside of a JWK have been taken for separators of the list.
 *
 * @returns what is not complete as it stands: whoever reads the key refuses it.
 */
export function keyList(values: readonly string[]): readonly string[] {
  const keys: string[] = []
  let json = ''
  for (const value of values) {
    if (json === '' && !value.startsWith('{')) {
      if (value !== '') keys.push(value)
      continue
    }
    json = json === '' ? value : `${json},${value}`
    if (!json.endsWith('}')) continue
    keys.push(json)
    json = ''
  }
  return json === '' ? keys : [...keys, json]
}

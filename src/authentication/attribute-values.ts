import type { Json } from '../base/json.ts'
import type { AttributeValue } from '../services/index.ts'
import { isList, withoutClass } from './typed-json.ts'

/**
 * The values of an attribute as a JSON source writes it: one value or a list, plain or typed. Nulls are left out; maps and lists within a list are not
 * values.
 *
 * @returns `undefined` when it holds something that is no value.
 */
export function attributeValues(written: Json): readonly AttributeValue[] | undefined {
  const bare = withoutClass(written)
  const list = isList(bare) ? bare : [bare]
  const values: AttributeValue[] = []
  for (const value of list) {
    if (value === null) continue
    if (typeof value === 'object') return undefined
    values.push(value)
  }
  return values
}

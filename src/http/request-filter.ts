import { HttpRefusal } from '../base/errors.ts'
import type { HttpConfig } from './config.ts'
import type { RequestParameters } from './parameters.ts'
import { compilePattern } from './pattern.ts'

/** Checked besides those of the setting: cas-protocol.md 1. */
const ALWAYS_CHECKED = ['format', 'username']
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
/** More parameters than this are an attempt to keep the server busy. */
const MOST_PARAMETERS = 1000

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/**
 * Refuses a request by the form of its parameters (login-flow.md 15.2, cas-protocol.md 1): a checked one twice, or with a control or forbidden
 * character; a password in the query of anything but a POST; a blocked pattern in the URL. Values are never echoed.
 */
export function requestFilter(settings: HttpConfig): (method: string, target: string, parameters: RequestParameters) => void {
  const rules = settings.cas.httpWebRequest
  const checked = new Set([...list(rules.paramsToCheck), ...ALWAYS_CHECKED])
  const all = checked.has('*')
  const postOnly = new Set(list(rules.onlyPostParams))
  const forbidden = rules.charactersToForbid.trim() === 'none' ? [] : rules.charactersToForbid.split(/\s+/).filter((one) => one !== '')
  const blocked =
    rules.patternToBlock === '' ? undefined : compilePattern('cas.http-web-request.pattern-to-block', rules.patternToBlock, 'find')

  function check(fields: URLSearchParams, seen: Set<string>, method: string): void {
    fields.forEach((value, name) => {
      if (method !== 'POST' && postOnly.has(name)) throw refused('post_only_parameter', name)
      // A password may be any text; that it is sent twice is no less wrong.
      if (!all && !checked.has(name) && name !== 'password') return
      if (seen.has(name) && !rules.allowMultiValueParameters) throw refused('repeated_parameter', name)
      seen.add(name)
      if (name === 'password') return
      if (CONTROL.test(value) || forbidden.some((one) => value.includes(one))) throw refused('forbidden_character', name)
    })
  }

  return (method, target, parameters) => {
    if (blocked?.(target)) throw refused('blocked_pattern')
    if (parameters.rawQuery === '' && parameters.rawForm === '') return
    if (separators(parameters.rawQuery) + separators(parameters.rawForm) >= MOST_PARAMETERS) throw refused('too_many_parameters')
    const seen = new Set<string>()
    if (parameters.rawQuery !== '') check(parameters.query, seen, method)
    if (parameters.rawForm !== '') check(parameters.form, seen, method)
  }
}

function refused(code: string, name?: string): HttpRefusal {
  return new HttpRefusal(400, code, 'the request is not acceptable', name === undefined ? {} : { detail: `parameter ${name}` })
}

function separators(text: string): number {
  let count = 0
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) count++
  return count
}

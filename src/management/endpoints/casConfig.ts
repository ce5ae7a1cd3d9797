import { HttpRefusal } from '../../base/errors.ts'
import { CIPHER_PREFIX, CipherMistake, type CipherSettings, decryptValue, encryptValue } from '../../config/index.ts'
import type { Call } from '../../http/index.ts'
import type { Endpoint } from '../endpoint.ts'

export interface CasConfigParts {
  /** How settings are encrypted; absent: nobody has said by which password. */
  readonly cipher?: CipherSettings | undefined
}

const MOST_BYTES = 16_384

/** `casConfig`: `POST /encrypt` makes `{cas-cipher}…` of a text, `POST /decrypt` the text of it (configuration.md 6, 14.3). */
export function casConfigEndpoint({ cipher }: CasConfigParts): Endpoint {
  const answer = (work: (text: string, settings: CipherSettings) => Promise<string>) => async (call: Call) => {
    const text = (await call.req.text()).trim()
    if (text === '') throw bad('the body must be the text')
    // Without a password the endpoint is not there.
    if (!cipher) throw bad('there is no password')
    try {
      const result = await work(text, cipher)
      return new Response(result, { headers: { 'Content-Type': 'text/plain;charset=UTF-8', 'Cache-Control': 'no-store' } })
    } catch (error) {
      if (error instanceof CipherMistake) throw bad(`the value ${error.message}`)
      throw error
    }
  }
  const route = { method: 'POST', statuses: [200, 400], maxBodyBytes: MOST_BYTES } as const
  return {
    id: 'casConfig',
    ...(cipher ? {} : { switchedOffBy: 'cas.standalone.configuration-security.psw' }),
    routes: [
      { ...route, path: '/encrypt', handle: answer(encryptValue) },
      {
        ...route,
        path: '/decrypt',
        handle: answer((text, settings) => decryptValue(text.startsWith(CIPHER_PREFIX) ? text : CIPHER_PREFIX + text, settings)),
      },
    ],
  }
}

const bad = (message: string) => new HttpRefusal(400, 'bad_text', message)

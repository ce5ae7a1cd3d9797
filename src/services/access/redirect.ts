import { type Members, textOf } from '../definitions/members.ts'
import { isScript } from '../definitions/pattern.ts'
import { ask, type Complain } from '../scripts/asking.ts'
import type { Script } from '../scripts/scripts.ts'
import type { AccessContext, AccessStrategy } from './access-strategy.ts'

type Redirect = Pick<AccessStrategy, 'unauthorizedRedirectUrl' | 'redirectAnswer'>

/** Where those go who are refused: an address of the definition only, or what a script of it says (services.md 11.1). */
export function redirectTo(members: Members, { scripts, report, warn, described }: AccessContext): Redirect {
  const member = 'unauthorizedRedirectUrl'
  const text = textOf(members, member)?.trim()
  if (text !== undefined && isScript(text)) {
    const script = scripts.open(text, { member, parameters: ['registeredService', 'logger'] }, report)
    if (!script) return { unauthorizedRedirectUrl: undefined }
    const complain = (message: string) => warn(message, 'error')
    return { unauthorizedRedirectUrl: undefined, redirectAnswer: () => askForAddress(script, { registeredService: described() }, complain) }
  }
  if (text === undefined || isRedirectUrl(text)) return { unauthorizedRedirectUrl: text }
  report('error', 'the unauthorizedRedirectUrl is no http or https URL and is not used', member)
  return { unauthorizedRedirectUrl: undefined }
}

/** What a script says, if a browser may be sent there. @param name Of the function, where the script has several. */
export async function askForAddress(
  script: Script,
  input: Parameters<Script['call']>[0],
  complain: Complain,
  name?: string,
): Promise<string | undefined> {
  const { url } = await ask<{ readonly url: string | undefined }>(
    script,
    input,
    (answer) => (answer === null ? { url: undefined } : typeof answer === 'string' && isRedirectUrl(answer) ? { url: answer } : undefined),
    { fallback: { url: undefined }, complain, ...(name === undefined ? {} : { name }) },
  )
  return url
}

/** Whether a browser may be sent there. */
const isRedirectUrl = (url: string): boolean => /^https?:\/\/[^\s/]/i.test(url) && URL.canParse(url)

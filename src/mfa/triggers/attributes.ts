import { compileJavaRegex } from '../../base/java-regex.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import type { Attributes } from '../../services/index.ts'
import type { MultifactorConfig } from '../config.ts'
import type { MultifactorProvider } from '../provider.ts'
import type { Triggered, TriggerKind } from './trigger.ts'

const PRINCIPAL_PATTERN = 'principal.global-principal-attribute-value-regex'
const AUTHENTICATION_PATTERN = 'authentication.global-authentication-attribute-value-regex'

/** `….principal.global-principal-attribute-name-triggers`: users with such a value (authentication.md 13.1, 8). */
export const principalAttributeTrigger: TriggerKind = ({ settings, providers }) => {
  const { triggers } = settings.cas.authn.mfa
  const {
    globalPrincipalAttributeNameTriggers: names,
    globalPrincipalAttributeValueRegex,
    reverseMatch,
    denyIfUnmatched,
  } = triggers.principal
  if (names.length === 0) return undefined
  const matches = pattern(globalPrincipalAttributeValueRegex, PRINCIPAL_PATTERN)
  return {
    name: 'principal attribute',
    ask: ({ authentication }) =>
      chosen(valuesOf(authentication.principal.attributes, names), providers, matches, reverseMatch) ??
      (denyIfUnmatched ? { kind: 'denied' } : undefined),
  }
}

/** `….authentication.global-authentication-attribute-name-triggers`: logins with such a value (9). */
export const authenticationAttributeTrigger: TriggerKind = ({ settings, providers }) => {
  const { globalAuthenticationAttributeNameTriggers: names, globalAuthenticationAttributeValueRegex } =
    settings.cas.authn.mfa.triggers.authentication
  if (names.length === 0) return undefined
  const matches = pattern(globalAuthenticationAttributeValueRegex, AUTHENTICATION_PATTERN)
  return {
    name: 'authentication attribute',
    ask: ({ authentication }) => chosen(valuesOf(authentication.attributes, names), providers, matches, false),
  }
}

/** For whoever wants all mistakes at once: each refuses the start where its pattern cannot be used. */
export function attributePatterns({ cas }: MultifactorConfig): readonly (() => unknown)[] {
  const { principal, authentication } = cas.authn.mfa.triggers
  return [
    () => pattern(principal.globalPrincipalAttributeValueRegex, PRINCIPAL_PATTERN),
    () => pattern(authentication.globalAuthenticationAttributeValueRegex, AUTHENTICATION_PATTERN),
  ]
}

/** With one provider and a pattern the pattern decides, else the value has to be the name of a provider. */
function chosen(
  values: readonly string[],
  providers: readonly MultifactorProvider[],
  matches: ((value: string) => boolean) | undefined,
  reverse: boolean,
): Triggered | undefined {
  const [only, ...others] = providers
  if (matches && only && others.length === 0) {
    const fits = values.some(matches) !== reverse
    return fits ? { kind: 'providers', ids: [only.id], all: true } : undefined
  }
  const ids = providers.map(({ id }) => id).filter((id) => values.includes(id))
  return ids.length > 0 ? { kind: 'providers', ids, all: false } : undefined
}

const valuesOf = (attributes: Attributes, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => (Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : []).map(String))

function pattern(text: string | undefined, setting: string): ((value: string) => boolean) | undefined {
  if (text === undefined) return undefined
  const regex = compileJavaRegex(text, { match: 'full', ignoreCase: false })
  if (regex.kind === 'ok') return (value) => regex.test(value)
  throw new StartRefusal(`is not a usable pattern: ${regex.reason}`, { setting: `cas.authn.mfa.triggers.${setting}` })
}

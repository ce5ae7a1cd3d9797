import type { AttributeSource } from '../attribute-source.ts'
import type { HandlerParts } from '../handler-frame.ts'
import { json } from './json.ts'
import { stub } from './stub.ts'

/** All sources that the settings name and do not disable, in the order in which they are asked; those that stand by only where a definition names them. */
export function attributeSources({ settings, configurationDirectory }: HandlerParts): readonly AttributeSource[] {
  const { attributeRepository } = settings.cas.authn
  const sources: (AttributeSource | undefined)[] = [
    stub(attributeRepository.stub),
    ...attributeRepository.json.map((each, index) => json(each, index, configurationDirectory)),
  ]
  return sources
    .filter((source) => source !== undefined)
    .filter(({ state }) => state !== 'DISABLED')
    .sort((one, other) => one.order - other.order)
}

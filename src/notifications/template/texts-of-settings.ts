import type { Log } from '../../base/log.ts'
import { type MessageText, messageText } from './message-text.ts'

/** Makes texts of messages from settings, and lets go of what they hold. */
export interface TextsOfSettings {
  /** @returns `undefined` for a blank one. @throws {StartRefusal} for a module that is missing. */
  text(setting: string, value: string, names: TextNames): MessageText | undefined
  /** Such as SMS are: one that is too long is warned of. */
  sms(setting: string, value: string, names: TextNames): MessageText | undefined
  /** Never a file. `#{key}` stands for a text of the message bundles. */
  subject(setting: string, value: string, names: TextNames): MessageText | undefined
  close(): Promise<void>
}

/** What a text may name; the first `positions` of the names are what `%s` means, one after the other. */
export interface TextNames {
  readonly names: readonly string[]
  readonly positions: number
}

export interface TextsOfSettingsParts {
  readonly configurationDirectory: string
  /** Text of a key of the message bundles. */
  readonly messageOf: (key: string) => string | undefined
  readonly log: Log
}

/** Twilio takes no longer ones. */
const LONGEST_SMS = 1600
const UNKNOWN_SUBJECT = 'Email Subject'

export function textsOfSettings({ configurationDirectory, messageOf, log }: TextsOfSettingsParts): TextsOfSettings {
  const made: MessageText[] = []
  const make = (setting: string, value: string, names: TextNames, longest?: number): MessageText | undefined => {
    if (value.trim() === '') return undefined
    const one = messageText({ text: value, setting, ...names, configurationDirectory, log, ...(longest === undefined ? {} : { longest }) })
    made.push(one)
    return one
  }
  return {
    text: (setting, value, names) => make(setting, value, names),
    sms: (setting, value, names) => make(setting, value, names, LONGEST_SMS),
    subject(setting, value, names) {
      if (value.trim() === '') return undefined
      const key = /^\s*#\{\s*([\w.-]+)\s*\}\s*$/.exec(value)?.[1]
      return make(setting, key === undefined ? ` ${value}` : ` ${messageOf(key) ?? UNKNOWN_SUBJECT}`, names)
    },
    async close() {
      await Promise.all(made.splice(0).map((one) => one.close()))
    },
  }
}

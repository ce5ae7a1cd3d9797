import { pathToFileURL } from 'node:url'
import { group, resource } from '../../base/schema.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { LOGGER, scriptFile } from '../script/script-file.ts'
import { ScriptFailure, scriptModule } from '../script/script-module.ts'
import { plug } from './provider.ts'

const TIMEOUT_MS = 30_000

/**
 * A module of the operator's that sends a message: `run(from, to, message, logger)`, called once a recipient. `true`: sent; anything else: nothing was sent,
 * try again. When it throws or does not come back, nobody knows whether it sent (notifications.md 5).
 */
export const groovy = plug({
  settings: group({
    location: resource('', 'Module that exports `run(from, to, message, logger)`; for a path `….groovy` the `.mjs` beside it is taken.'),
  }),
  own: group({}),
  isConfigured: ({ location }) => location !== '',
  create({ location }, _own, { log, configurationDirectory }) {
    const found = scriptFile(location, configurationDirectory)
    if ('mistake' in found) throw new StartRefusal(found.mistake, { setting: 'cas.sms-provider.groovy.location' })
    const script = scriptModule({ url: pathToFileURL(found.path).href, name: found.path, timeoutMs: TIMEOUT_MS, log })
    return {
      name: 'script',
      timeoutMs: TIMEOUT_MS,
      async send({ from, to, text }) {
        try {
          const sent = await script.run(from, to, text, LOGGER)
          return sent === true ? { status: 'sent' } : { status: 'retryable', message: `${found.path} says that it did not send` }
        } catch (error) {
          if (!(error instanceof ScriptFailure)) throw error
          return { status: error.called ? 'uncertain' : 'configuration', message: error.message }
        }
      },
      close: () => script.close(),
    }
  },
})

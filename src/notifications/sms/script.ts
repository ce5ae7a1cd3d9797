import { isolatedModule, ScriptFailure } from '../../base/isolated-module.ts'
import { moduleNamed } from '../../base/operator-script.ts'
import { group, resource } from '../../base/schema.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { plug } from './provider.ts'

const TIMEOUT_MS = 30_000
const PARAMETERS = ['from', 'to', 'message', 'logger']

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
    const found = moduleNamed(location, configurationDirectory)
    if ('mistake' in found) throw new StartRefusal(found.mistake, { setting: 'cas.sms-provider.groovy.location' })
    const script = isolatedModule({ module: found.path, parameters: PARAMETERS, timeoutMs: TIMEOUT_MS, log })
    return {
      name: 'script',
      timeoutMs: TIMEOUT_MS,
      async send({ from, to, text }) {
        try {
          const sent = await script.call({ from, to, message: text })
          return sent === true ? { status: 'sent' } : { status: 'retryable', message: `${found.path} says that it did not send` }
        } catch (error) {
          if (!(error instanceof ScriptFailure)) throw error
          if (error.kind === 'busy') return { status: 'retryable', message: error.message }
          return { status: error.kind === 'load' ? 'configuration' : 'uncertain', message: `${found.path}: ${error.message}` }
        }
      },
      close: () => script.close(),
    }
  },
})

import type { Log } from '../base/log.ts'
import { type Metrics, noMetrics, type Timer } from '../base/metrics.ts'
import type { Outcome, Place } from './login.ts'
import type { Trace } from './machine.ts'

/** What every step of a login says about itself: a line for who looks for one, and how long it took (configuration.md 16). */
export function tracer(log: Log, metrics: Metrics = noMetrics): Trace {
  const timers = new Map<Place, Partial<Record<Outcome['kind'], Timer>>>()
  const timerOf = (place: Place, outcome: Outcome['kind']): Timer => {
    let ofPlace = timers.get(place)
    if (!ofPlace) {
      ofPlace = {}
      timers.set(place, ofPlace)
    }
    ofPlace[outcome] ??= metrics.timer('cas.login.step', 'Steps of logins by outcome.', { step: place.step.id, outcome })
    return ofPlace[outcome]
  }
  return (place, login, outcome, ms) => {
    timerOf(place, outcome).record(ms / 1000)
    log.debug({ conversation: login.conversation, phase: place.phase, step: place.step.id, outcome, ms }, 'login step')
  }
}

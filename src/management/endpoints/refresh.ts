import { type Endpoint, json, springJson } from '../endpoint.ts'

/** Reads the settings again (configuration.md 12). */
export type Reload = () => Promise<
  { readonly kind: 'reloaded'; readonly changed: readonly string[] } | { readonly kind: 'refused'; readonly reasons: readonly string[] }
>

/**
 * `refresh` and `busrefresh`: the settings are read again and put into force. `refresh` answers with the names of those that have changed, `busrefresh` with
 * nothing. What cannot be used changes nothing, and is answered with 422 and the reasons.
 */
export function refreshEndpoints({ reload }: { readonly reload: Reload }): readonly Endpoint[] {
  const endpoint = (id: string, status: 200 | 204): Endpoint => ({
    id,
    routes: [
      {
        method: 'POST',
        path: '',
        statuses: [status, 422],
        maxBodyBytes: 1024,
        async handle(call) {
          const done = await reload()
          if (done.kind === 'refused') return json({ status: 422, error: 'settings_refused', reasons: done.reasons }, 422)
          return status === 204 ? new Response(null, { status }) : springJson(call, done.changed)
        },
      },
    ],
  })
  return [endpoint('refresh', 200), endpoint('busrefresh', 204)]
}

import { parseDuration } from '../../base/duration.ts'
import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import type { SecretRotation } from '../../protocols/oauth/index.ts'
import { type Endpoint, notFound, operatorOf } from '../endpoint.ts'

const EXPIRE_IN = 'P90D'

/**
 * `oauthClientSecrets`: `POST /{clientId}` puts a random secret in the place of each that the client has, saves the definition and shows it once
 * (oauth.md 17). `expireIn` is its life, `overlap` how long the old one still counts, `expiredOnly=true` leaves those in force alone.
 */
export function oauthClientSecretsEndpoint({ secrets }: { readonly secrets: SecretRotation }): Endpoint {
  return {
    id: 'oauthClientSecrets',
    routes: [
      {
        method: 'POST',
        path: '/:clientId',
        statuses: [200, 400, 409, 503],
        async handle(call) {
          const rotation = await secrets.rotate(
            call.req.param('clientId') ?? '',
            {
              expireInSeconds: secondsOf(call, 'expireIn', EXPIRE_IN),
              overlapInSeconds: secondsOf(call, 'overlap', '0'),
              expiredOnly: call.get('parameters').get('expiredOnly')?.toLowerCase() === 'true',
            },
            { who: operatorOf(call)?.name ?? 'audit:unknown', client: call.get('client') },
          )
          switch (rotation.kind) {
            case 'rotated': {
              const { id, className, definition } = rotation.service
              const body: Json = { ...definition, '@class': className, id }
              return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' } })
            }
            case 'unknown':
              throw notFound()
            case 'nothing':
              throw new HttpRefusal(409, 'nothing_to_rotate', 'this client has no secret that would be replaced')
            case 'failed':
              throw new HttpRefusal(503, 'definition_not_written', 'the definition could not be written', { detail: rotation.reason })
            default:
              // It was good a moment ago: somebody else is at it.
              throw new HttpRefusal(409, `definition_${rotation.kind}`, 'the definition cannot be changed now')
          }
        },
      },
    ],
  }
}

/** @throws {HttpRefusal} 400 */
function secondsOf(call: Call, name: string, fallback: string): number {
  const seconds = parseDuration(call.get('parameters').get(name) ?? fallback)
  if (seconds === undefined || seconds < 0) throw new HttpRefusal(400, 'bad_duration', `${name} must be a duration such as P90D`)
  return seconds
}

import { readdir } from 'node:fs/promises'
import { definition, startCastellan, writeConfiguration } from '../test/support/castellan.ts'
import { ACCOUNT, startTwilio, TOKEN } from '../test/support/twilio.ts'
import { client, login } from './load/http.ts'
import { processorTime } from './load/processor-time.ts'
import { judge, type Question, type Row } from './load/row.ts'
import { plainUsers, serviceOf } from './load/services.ts'

const SERVICES = 10_000
const TICKETS = 3000
/** What a validation alone costs is measured when the server is warm, with as many; before the end and while messages leave others go on beside. */
const ALONE = 500
const PAUSE_MS = 4
/** For the start and the tickets; on a machine that is busy with other things the next one is tried. */
const UNTIL_THE_END_MS = [45_000, 150_000, 300_000]
/** While definitions are evaluated the messages stand still, so that each is measured by itself. */
const STANDSTILL_MS = 5000

type Outbox = 'files' | 'lmdb'

/** What does it cost, and who notices, when very many services end at the same moment and their contacts are told? */
export const expiry: Question = {
  id: 'expiry',
  about: `${SERVICES} services that end at one moment`,
  ask: async () => [...(await endings('files')), ...(await endings('lmdb'))],
}

async function endings(outbox: Outbox): Promise<readonly Row[]> {
  for (const leadMs of UNTIL_THE_END_MS) {
    const rows = await endAfter(leadMs, outbox)
    if (rows) return rows
  }
  throw new Error('the start takes too long: the services have always ended already')
}

/** @returns `undefined` when the start took too long. */
async function endAfter(leadMs: number, outbox: Outbox): Promise<readonly Row[] | undefined> {
  await using twilio = await startTwilio({ plain: true })
  twilio.delayMs = STANDSTILL_MS
  const endsAtMs = Date.now() + leadMs
  const kept = serviceOf(0)
  const services = { 'Kept-1.json': definition(1, '^https://app0\\.example\\.org/.*'), ...ending(endsAtMs) }
  const properties = {
    ...plainUsers,
    'cas.sms-provider.twilio.account-id': ACCOUNT,
    'cas.sms-provider.twilio.token': TOKEN,
    'cas.service-registry.sms.from': '+15005550006',
    'cas.service-registry.sms.text': 'The service %s is expired.',
    'castellan.sms.twilio.base-url': twilio.url,
    'castellan.sms.twilio.messages-per-second': 0,
    'castellan.sms.twilio.delivery-checks': '',
    ...(outbox === 'lmdb' ? { 'castellan.notifications.state.location': '{dir}/outbox' } : {}),
  }
  const configDirectory = await writeConfiguration({ properties, services })
  await using server = await startCastellan({ configDirectory, startLimitInMs: 120_000 })
  const http = client(4)
  const cookie = await login(http, server.url, 'bench', 'bench')
  const tickets: string[] = []
  while (tickets.length < TICKETS) {
    const granted = await http.ask(`${server.url}/login?service=${encodeURIComponent(kept)}`, { cookie })
    tickets.push(/[?&]ticket=(ST-[^&]+)/.exec(granted.location ?? '')?.[1] ?? '')
  }
  const validate = async (count: number, isOver: () => boolean) => {
    const times: number[] = []
    while (times.length < count && tickets.length > 0 && !isOver()) {
      const begin = performance.now()
      const answer = await http.ask(`${server.url}/p3/serviceValidate?service=${encodeURIComponent(kept)}&ticket=${tickets.pop()}`)
      times.push(performance.now() - begin)
      if (!answer.body.includes('<cas:authenticationSuccess>')) throw new Error(`not valid: ${answer.body.slice(0, 300)}`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    return times
  }
  await validate(ALONE, () => false)
  const quietCpu = processorTime(server.pid)
  const quiet = await validate(ALONE, () => false)
  const validationCost = (processorTime(server.pid) - quietCpu) / quiet.length
  if (Date.now() > endsAtMs - 500) return undefined
  await new Promise((resolve) => setTimeout(resolve, endsAtMs - Date.now() - 200))

  const before = processorTime(server.pid)
  let left = SERVICES
  const counting = setInterval(async () => {
    left = (await readdir(server.servicesDirectory)).filter((name) => name.startsWith('Ending')).length
  }, 250)
  const busy = await validate(TICKETS, () => left === 0)
  while (left > 0) await new Promise((resolve) => setTimeout(resolve, 50))
  clearInterval(counting)
  const withValidations = (processorTime(server.pid) - before) / 1e6
  const evaluated = withValidations - (busy.length * validationCost) / 1e6

  twilio.delayMs = 0
  const sending = processorTime(server.pid)
  const alreadySent = twilio.messages.length
  const begin = performance.now()
  const meanwhile = await validate(TICKETS, () => twilio.messages.length >= SERVICES)
  while (twilio.messages.length < SERVICES) await new Promise((resolve) => setTimeout(resolve, 50))
  const seconds = (performance.now() - begin) / 1000
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const each = (processorTime(server.pid) - sending - meanwhile.length * validationCost) / 1000 / (SERVICES - alreadySent)
  const told = new Set(twilio.messages.map(({ to }) => to)).size
  http.close()
  await server.stop()
  const p99 = Math.max(percentile(busy, 0.99), percentile(meanwhile, 0.99))
  return [
    {
      what: `${SERVICES} services end at once, outbox ${outbox}: written down, deleted, set free`,
      measured: `${evaluated.toFixed(2)} s of CPU (${withValidations.toFixed(2)} s with the ${busy.length} validations beside it)`,
      goal: '1 s',
      atLeast: '2 s',
      verdict: judge(evaluated, 1, 2),
    },
    {
      what: 'p99 of validation meanwhile, and while messages leave',
      measured: `${percentile(busy, 0.99).toFixed(1)} ms and ${percentile(meanwhile, 0.99).toFixed(1)} ms (without: ${percentile(quiet, 0.99).toFixed(1)} ms)`,
      goal: '25 ms',
      atLeast: '50 ms',
      verdict: judge(p99, 25, 50),
    },
    {
      what: 'messages, each once, at most 4 at a time',
      measured: `${twilio.messages.length} to ${told} numbers, ${twilio.busiest()} at a time, ${each.toFixed(2)} ms of CPU each, ${(SERVICES / seconds).toFixed(0)} a second`,
      verdict: told === SERVICES && twilio.messages.length === SERVICES && twilio.busiest() <= 4 ? 'goal' : 'missed',
    },
  ]
}

const ending = (endsAtMs: number): Record<string, object> =>
  Object.fromEntries(
    Array.from({ length: SERVICES }, (_, at) => {
      const id = at + 100
      const service = definition(id, `^https://ending${id}\\.example\\.org/.*`, {
        contacts: [{ '@class': 'org.apereo.cas.services.DefaultRegisteredServiceContact', phone: `+1123${String(id).padStart(6, '0')}` }],
        expirationPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
          expirationDate: new Date(endsAtMs).toISOString(),
          notifyWhenExpired: true,
          deleteWhenExpired: true,
        },
      })
      return [`Ending-${id}.json`, service]
    }),
  )

const percentile = (times: readonly number[], part: number) =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN

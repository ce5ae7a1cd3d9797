// npm run bench [-- question …]: measures the server as it stands and prints a table. Linux only (processor time is read from /proc).
import { availableParallelism, cpus, loadavg } from 'node:os'
import { crowd } from './crowd.ts'
import { definitions } from './definitions.ts'
import { expiry } from './expiry.ts'
import { interrupt } from './interrupt.ts'
import { liveChange } from './live-change.ts'
import type { Question, Row } from './load/row.ts'
import { lookups } from './lookups.ts'
import { oauth } from './oauth.ts'
import { oauthGrowth } from './oauth-growth.ts'
import { password } from './password.ts'
import { serviceTicket } from './service-ticket.ts'
import { sessions } from './sessions.ts'
import { settings } from './settings.ts'
import { start } from './start.ts'

const questions: readonly Question[] = [
  start,
  settings,
  definitions,
  lookups,
  liveChange,
  serviceTicket,
  password,
  crowd,
  sessions,
  interrupt,
  expiry,
  oauth,
  oauthGrowth,
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((id) => !questions.some((question) => question.id === id))
if (unknown.length > 0) {
  console.error(`no such question: ${unknown.join(', ')}; there are ${questions.map(({ id }) => id).join(', ')}`)
  process.exit(64)
}

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}\n`)
const load = () => loadavg()[0]?.toFixed(1)
const loadBefore = load()
const rows: Row[] = []
for (const question of questions) {
  if (wanted.length > 0 && !wanted.includes(question.id)) continue
  const begin = performance.now()
  console.error(`${question.id}: ${question.about} …`)
  rows.push(...(await question.ask()))
  console.error(`${question.id}: ${((performance.now() - begin) / 1000).toFixed(0)} s`)
}
const mark = { goal: 'goal met', 'at least': 'least met', missed: 'MISSED' }
const cells = rows.map((row) => [row.what, row.measured, row.goal ?? '', row.atLeast ?? '', row.verdict ? mark[row.verdict] : ''])
console.log('\n| what | measured | goal | at least | |\n| --- | --- | --- | --- | --- |')
for (const row of cells) console.log(`| ${row.join(' | ')} |`)
// The bench itself keeps about two cores busy; much more than that was somebody else.
console.log(`\nload of the machine: ${loadBefore} before, ${load()} after`)

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LogEvent, logPattern } from '../../src/base/log-pattern.ts'
import { Mistake } from '../../src/base/schema.ts'

const EVENT: LogEvent = {
  time: '2026-01-31T10:05:09.123Z',
  level: 'INFO',
  room: 'services',
  message: 'service refused',
  fields: { requestId: 'r1', count: 2 },
}

const ROWS: readonly (readonly [string, string])[] = [
  ['%d %p [%c] - <%m>%n', '2026-01-31 10:05:09,123 INFO [services] - <service refused requestId=r1 count=2>\n'],
  ['%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level|%5p|%logger{36}', '2026-01-31 10:05:09.123 INFO | INFO|services'],
  ["%date{dd.MMM.yy'T'HH:mm}", '31.Jan.26T10:05'],
  ['%d{ISO8601}%d{ABSOLUTE}', '2026-01-31T10:05:09,12310:05:09,123'],
  ['%d{UNIX_MILLIS}', String(Date.parse('2026-01-31T10:05:09.123Z'))],
  ['%d{yyyy-MM-dd}{GMT+0}', '2026-01-31'],
  ['%X{requestId} %mdc{nothing:-none} %X{nothing}.', 'r1 none .'],
  ['%X', '{requestId=r1, count=2}'],
  ['%highlight{%d{HH:mm} %p}{FATAL=red} %style{%c}{cyan}', '10:05 INFO services'],
  ['%clr(%-6p){faint}|%(%p %c)', 'INFO  |INFO services'],
  ['100%% \\(%t\\) %.3c %.-3c', '100% (main) ces ser'],
  ['%mEND%nopex%ex', 'service refused requestId=r1 count=2END'],
  ['%F:%L', '?:?'],
  ['%pid', String(process.pid)],
]

test('layouts of Logback and Log4j are read word by word', () => {
  for (const [pattern, text] of ROWS) assert.equal(logPattern(pattern)(EVENT), text, pattern)
})

test('a word that is not known, or a bracket that is not closed, is refused by name', () => {
  for (const [pattern, message] of [
    ['%d %foo', /^has %foo, which is not known here/],
    ['%replace(%m){a}{b}', /^has %replace/],
    ['50 % of', /which is no conversion word/],
    ['%clr(%m', /^has no \) at the end/],
    ['%d{HH:mm}{Europe/Paris}', /^has the zone Europe\/Paris; times are written in UTC/],
  ] as const) {
    assert.throws(
      () => logPattern(pattern),
      (error: unknown) => error instanceof Mistake && message.test(error.message),
      pattern,
    )
  }
})

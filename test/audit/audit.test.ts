import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditConfig } from '../../src/audit/config.ts'
import { type AuditConfig, type AuditRecord, createAudit, maskTicketId } from '../../src/audit/index.ts'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { type Overrides, recordingLog, settingsOf } from '../http/http-parts.ts'

const at = new Date(2026, 0, 31, 9, 58, 11, 123)
const client = { address: '10.1.2.3', serverAddress: '10.1.0.1', userAgent: 'test/1', secure: true }
const success: AuditRecord = { action: 'AUTHENTICATION_SUCCESS', who: 'casuser', what: 'UsernamePasswordCredential', client }

function written(overrides: Overrides, ...records: readonly AuditRecord[]): readonly string[] {
  const { log, lines } = recordingLog()
  const audit = createAudit({ settings: settingsOf<AuditConfig>(auditConfig, overrides), clock: () => at.getTime(), log })
  for (const record of records) audit.record(record)
  for (const line of lines) assert.equal(line['room'], 'audit')
  return lines.map((line) => line.msg)
}

test('a record stands in the log in the form of CAS 7', () => {
  assert.deepEqual(written({}, success), [
    [
      'Audit trail record BEGIN',
      '=============================================================',
      'WHEN: 2026-01-31T09:58:11.123000',
      'WHO: casuser',
      'WHAT: UsernamePasswordCredential',
      'ACTION: AUTHENTICATION_SUCCESS',
      'CLIENT_IP: 10.1.2.3',
      'SERVER_IP: 10.1.0.1',
      '=============================================================',
      '',
      '',
    ].join('\n'),
  ])
})

test('a record may have the form of CAS 6', () => {
  const [text = ''] = written({ 'castellan.audit.textFormat': 'cas6' }, success)
  const lines = text.split('\n')
  assert.deepEqual(
    [...lines.slice(2, 6), ...lines.slice(7)],
    [
      'WHO: casuser',
      'WHAT: UsernamePasswordCredential',
      'ACTION: AUTHENTICATION_SUCCESS',
      'APPLICATION: CAS',
      'CLIENT IP ADDRESS: 10.1.2.3',
      'SERVER IP ADDRESS: 10.1.0.1',
      '=============================================================',
      '',
      '',
    ],
  )
  assert.match(lines[6] ?? '', /^WHEN: Sat Jan 31 09:58:11 \S+ 2026$/)
})

test('a record may be one line with a separator after each value', () => {
  assert.deepEqual(written({ 'cas.audit.slf4j.useSingleLine': true }, success), [
    '2026-01-31T09:58:11.123000|casuser|UsernamePasswordCredential|AUTHENTICATION_SUCCESS|10.1.2.3|10.1.0.1|',
  ])
  assert.deepEqual(
    written({ 'cas.audit.slf4j.useSingleLine': true, 'cas.audit.slf4j.auditableFields': 'action, who' }, { ...success, who: 'a|b' }),
    ['a b|AUTHENTICATION_SUCCESS|'],
  )
})

test('a record may be JSON, pretty or on one line', () => {
  const json = {
    'cas.audit.engine.auditFormat': 'JSON',
    'cas.audit.slf4j.auditableFields': 'who,what,when,action,application,client_ip,server_ip,user_agent',
  }
  const [pretty = ''] = written(json, success)
  assert.deepEqual(JSON.parse(pretty), {
    when: '2026-01-31T09:58:11.123000',
    who: 'casuser',
    what: 'UsernamePasswordCredential',
    action: 'AUTHENTICATION_SUCCESS',
    application: 'CAS',
    clientIpAddress: '10.1.2.3',
    serverIpAddress: '10.1.0.1',
    userAgent: 'test/1',
  })
  assert.ok(pretty.includes('\n'))
  assert.ok(!(written({ ...json, 'cas.audit.slf4j.useSingleLine': true }, success)[0] ?? '\n').includes('\n'))
})

test('nobody makes a second record out of the text of one', () => {
  const hostile = 'x\r\n=====\nWHO: admin\u2028\u0000\u0085y'
  const [text = ''] = written({}, { ...success, who: hostile, what: hostile })
  assert.equal(text.split(/[\n\u2028\u0085]/).length, 11)
  assert.match(text, /WHO: x=====WHO: adminy\n/)
  const [long = ''] = written({}, { ...success, what: 'x'.repeat(1_000_000) })
  assert.ok(long.length < 3000)
})

test('ids of tickets are masked, also where the caller forgot it', () => {
  const [text = ''] = written(
    {},
    { ...success, what: 'ST-12-abcdefghijklmnopqrstuvwxyz0-node1 for https://a.example/?t=TGT-1-abcdefghijklmnopqrstuvwxyz0' },
  )
  assert.match(text, /WHAT: ST-12-\*{16}uvwxyz0-node1 for https:\/\/a\.example\/\?t=TGT-1-\*{16}uvwxyz0\n/)
})

test('of an id of a ticket the kind, the number, the last characters and the host are shown', () => {
  assert.equal(maskTicketId('TGT-1-0123456789abcdefb3xY9zQ-wcas01'), 'TGT-1-****************b3xY9zQ-wcas01')
  assert.equal(maskTicketId('ST-7-0123456789abcdefghij'), 'ST-7-****************defghij')
  for (const text of ['', 'ST-1-short', 'garbage', 'ST-1-', '0123456789abcdefghij', 'ST-1-0123456789abcdef\nx']) {
    assert.equal(maskTicketId(text), '****************', JSON.stringify(text))
  }
})

test('an unknown client is said to be unknown', () => {
  const [text = ''] = written({}, { action: 'LOGOUT_SUCCESS', who: 'audit:unknown', what: '' })
  assert.match(text, /CLIENT_IP: unknown\nSERVER_IP: unknown\n/)
})

test('which actions are recorded is a setting', () => {
  const failed: AuditRecord = { ...success, action: 'AUTHENTICATION_FAILED' }
  const other: AuditRecord = { ...success, action: 'LOGOUT_SUCCESS' }
  const count = (overrides: Overrides) => written(overrides, success, failed, other, failed).length
  assert.equal(count({}), 4)
  assert.equal(count({ 'cas.audit.engine.supportedActions': ['AUTHENTICATION_.+'] }), 3)
  assert.equal(count({ 'cas.audit.engine.supportedActions': ['AUTHENTICATION'] }), 0)
  assert.equal(count({ 'cas.audit.engine.excludedActions': ['.+_FAILED'] }), 2)
  assert.equal(count({ 'cas.audit.engine.excludedActions': ['*'] }), 0)
  assert.equal(count({ 'cas.audit.engine.enabled': false }), 0)
  assert.equal(count({ 'cas.audit.slf4j.enabled': false }), 0)
  assert.throws(
    () => written({ 'cas.audit.engine.supportedActions': ['('] }, success),
    (error: Error) => error instanceof StartRefusal && error.message.startsWith('cas.audit.engine.supported-actions '),
  )
})

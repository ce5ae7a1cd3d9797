import { choice, flag, group, type Infer, int, text, texts } from '../base/schema.ts'

export const auditConfig = group({
  cas: group({
    events: group({
      core: group({
        enabled: flag(true, 'Whether events are kept for the endpoint `events`, and told to `castellan.events.webhook.url`.', {
          formerly: ['cas.events.enabled'],
        }),
      }),
    }),
    audit: group({
      engine: group({
        enabled: flag(true, 'Whether anything is recorded at all.', { formerly: ['cas.audit.enabled'] }),
        numberOfDaysInHistory: int(30, 'For how many days records are kept for the endpoint `auditLog`, while that is switched on.', {
          min: 1,
          max: 3650,
          formerly: ['cas.audit.numberOfDaysInHistory'],
        }),
        supportedActions: texts(['*'], 'Patterns of the actions that are recorded; `*` alone: all.', {
          formerly: ['cas.audit.supportedActions'],
        }),
        excludedActions: texts([], 'Patterns of actions that are not; `*` alone: all.', { formerly: ['cas.audit.excludedActions'] }),
        auditFormat: choice(['DEFAULT', 'JSON'], 'DEFAULT', 'Form of a record in the log: text, or JSON.', {
          formerly: ['cas.audit.auditFormat', 'cas.audit.slf4j.auditFormat'],
        }),
      }),
      slf4j: group({
        enabled: flag(true, 'Whether records go to the log.'),
        useSingleLine: flag(false, 'Whether a record is one line.', { formerly: ['cas.audit.useSingleLine'] }),
        singlelineSeparator: text('|', 'What stands after each value in a one-line record.', {
          formerly: ['cas.audit.singlelineSeparator'],
        }),
        auditableFields: text('who,what,when,action,client_ip,server_ip,geo_location', 'Fields of a record, separated by commas.'),
      }),
    }),
  }),
  castellan: group({
    events: group({
      kept: int(10_000, 'How many of the latest events are kept in memory for the endpoint `events`.', { min: 1, max: 1_000_000 }),
    }),
    audit: group({
      textFormat: choice(
        ['cas7', 'cas6'],
        'cas7',
        'Layout of text records: that of CAS 7, or that of CAS 5 and 6 with an application and long dates.',
      ),
    }),
  }),
})
export type AuditConfig = Infer<typeof auditConfig>

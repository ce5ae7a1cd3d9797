import { createHash } from 'node:crypto'
import { parseRelaxedJson } from '../../../../base/relaxed-json.ts'
import { resourceAt } from '../../../../base/resource.ts'
import { StartRefusal } from '../../../../base/start-refusal.ts'
import { watchedFile } from '../../../../base/watched-file.ts'
import { TicketRefusal } from '../../../../tickets/index.ts'
import { ACKNOWLEDGEMENT, acknowledgementBody, contentDigest } from '../acknowledgements.ts'
import { type Inquiry, RememberedDocument, type SourceKind } from '../source.ts'
import { type Announcement, type Announcements, readAnnouncements } from './announcement-rules.ts'

const SETTING = 'castellan.interrupt.announcements.location'
const MAX_FILE_BYTES = 1024 * 1024
/** Records for good are kept for ten years; nobody reads an older announcement. */
const FOR_GOOD_SECONDS = 10 * 365 * 86_400

/** `castellan.interrupt.announcements.location`: a bulletin board without code (interrupt.md 14.1, 14.4). */
export const announcementsSource: SourceKind = {
  name: 'announcements',
  async open({ settings, configurationDirectory, registry, clock, log }) {
    const { location } = settings.castellan.interrupt.announcements
    if (!location) return []
    const resource = resourceAt(location, configurationDirectory)
    if (resource.kind === 'web') throw new StartRefusal('must be a file', { setting: SETTING })
    const yaml = /\.ya?ml$/i.test(resource.path) ? await import('yaml') : undefined
    const rules = {
      linkSchemes: new Set(settings.castellan.interrupt.allowedLinkSchemes.map((scheme) => scheme.toLowerCase())),
      extended: true,
    }
    const own = log.child({ setting: SETTING })
    const file = await watchedFile<Announcements>({
      path: resource.path,
      empty: { rules: [], problems: [] },
      maxBytes: MAX_FILE_BYTES,
      parse(text) {
        const read = readAnnouncements(yaml ? yaml.parse(text, { maxAliasCount: 20 }) : jsonIn(text), rules)
        for (const problem of read.problems) own.error({ file: resource.path, problem }, 'an announcement is off, the others work')
        return read
      },
      clock,
      log: own,
    })

    async function verdict(rule: Announcement, inquiry: Inquiry): Promise<'shown' | 'window' | 'audience' | 'accepted'> {
      const why = rule.passesOver(inquiry, inquiry.atMs ?? clock())
      if (why !== undefined) return why
      if (rule.frequency.kind !== 'record') return 'shown'
      return (await registry.get(recordId(inquiry.principal.id, rule))) ? 'accepted' : 'shown'
    }

    return [
      {
        name: 'announcements',
        extended: true,
        async inquire(inquiry) {
          for (const rule of file.current().rules) {
            if ((await verdict(rule, inquiry)) === 'shown') return documentOf(rule)
          }
          return undefined
        },
        async following(inquiry, shown) {
          const further: RememberedDocument[] = []
          for (const rule of file.current().rules) {
            if (rule.exclusive || rule.id === shown) continue
            if ((await verdict(rule, inquiry)) === 'shown') further.push(documentOf(rule))
          }
          return further
        },
        reasons: (inquiry) =>
          Promise.all(file.current().rules.map(async (rule) => ({ rule: rule.id, verdict: await verdict(rule, inquiry) }))),
        async accepted(inquiry, id, acknowledged) {
          const rule = file.current().rules.find((each) => each.id === id)
          if (rule?.frequency.kind !== 'record' || (rule.frequency.acknowledged && !acknowledged)) return
          try {
            await registry.add({
              id: recordId(inquiry.principal.id, rule),
              kind: ACKNOWLEDGEMENT,
              createdAtMs: clock(),
              policy: { timeToLiveInSeconds: Math.min(rule.frequency.seconds, FOR_GOOD_SECONDS) },
              body: acknowledgementBody({
                announcement: rule.id,
                principal: inquiry.principal.id,
                payload: contentDigest(rule.payload),
                acknowledged,
                atMs: clock(),
                address: inquiry.request.address,
                userAgent: inquiry.request.userAgent,
              }),
            })
          } catch (error) {
            // Accepted in two windows: the first record counts.
            if (!(error instanceof TicketRefusal && error.code === 'duplicate')) throw error
          }
        },
        state: () => ({ entries: file.current().rules.length, problems: file.current().problems.join('; ') || undefined, ...file.state() }),
        close: () => file.close(),
      },
    ]
  },
}

function documentOf({ id, payload, frequency }: Announcement): RememberedDocument {
  if (frequency.kind !== 'record') return new RememberedDocument(payload, { tracked: frequency.kind === 'session', name: id })
  // Who may tick "I have read this" without having to, sees the announcement again until then.
  const document = frequency.acknowledged ? { acknowledge: 'offered', ...(payload as object) } : payload
  return new RememberedDocument(document, { tracked: false, name: id, memory: id })
}

/** A changed text is a new announcement. */
function recordId(principalId: string, { id, payload }: Announcement): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([principalId, id, payload]))
    .digest('base64url')
  return `${ACKNOWLEDGEMENT}-${digest}`
}

function jsonIn(text: string): unknown {
  const read = parseRelaxedJson(text)
  if (read.kind === 'broken') throw new Error(`line ${read.line}: ${read.message}`)
  return read.value
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutJavaTypes } from '../../src/base/java-typed.ts'
import { parseRelaxedJson } from '../../src/base/relaxed-json.ts'
import { editedText } from '../../src/services/definitions/edit-text.ts'
import type { Members } from '../../src/services/definitions/members.ts'

const CLASS = 'org.apereo.cas.services.CasRegisteredService'

/** The text after a change of its members, each `[before, after]` pair of a line told apart by the marks of a diff. */
function edit(text: string, change: (members: Record<string, unknown>) => void) {
  const parsed = parseRelaxedJson(text)
  assert.equal(parsed.kind, 'ok', text)
  const definition = withoutJavaTypes(parsed.kind === 'ok' ? parsed.value : null) as Members
  const after = structuredClone(definition) as Record<string, unknown>
  change(after)
  const written = (members: Members) => ({ definition: members, className: CLASS, id: String(members['id']) })
  return editedText(text, written(definition), written(after as Members))
}

const SEED = `/*
  Generic service definition that applies to https urls
*/
{
  "@class" : "${CLASS}", // the class
  "serviceId" : "^(https|imaps)://.*",
  "name" : "HTTPS and IMAPS",
  // "evaluationOrder" : 10,
  "accessStrategy" : {
    "@class" : "org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy",
    # who may come in
    "requiredAttributes" : { "@class" : "java.util.HashMap", "cn" : [ "java.util.HashSet", [ "admin" ] ] }, // only they
  },
  "id" : 1, // behind the last comma
}
`

test('a member that changes changes in its place, everything else stays as it was written', () => {
  const edited = edit(SEED, (members) => {
    members['name'] = 'All'
  })
  assert.deepEqual(edited, { text: SEED.replace('"HTTPS and IMAPS"', '"All"'), commentsLost: false })
})

test('a new member comes behind the last one and its comment', () => {
  const edited = edit(SEED, (members) => {
    members['description'] = 'new'
    members['environments'] = ['prod']
  })
  assert.equal(
    edited?.text,
    SEED.replace(
      ' // behind the last comma\n',
      ` // behind the last comma
  "description": "new",
  "environments": [
    "java.util.HashSet",
    [
      "prod"
    ]
  ]
`,
    ),
  )
})

test('a member that goes takes its line along; comments in it are said to be lost', () => {
  const without = edit(SEED, (members) => {
    delete members['accessStrategy']
  })
  assert.equal(without?.commentsLost, true)
  assert.doesNotMatch(without?.text ?? '', /accessStrategy/)
  assert.match(without?.text ?? '', /\/\/ "evaluationOrder" : 10,\n {2}"id" : 1,/)
})

test('policies are changed inside, the comments in them stay', () => {
  const edited = edit(SEED, (members) => {
    const strategy = members['accessStrategy'] as Record<string, unknown>
    strategy['ssoEnabled'] = false
    strategy['requiredAttributes'] = { cn: ['admin', 'boss'], mail: ['x'] }
  })
  assert.equal(edited?.commentsLost, false)
  assert.match(edited?.text ?? '', /# who may come in/)
  assert.match(edited?.text ?? '', /\/\/ only they\n {4}"ssoEnabled": false/)
})

test('texts without quotes, braces and commas are edited too', () => {
  const text = `# no braces\n"@class": ${CLASS}\nserviceId: ^https://app/\\d+$\nname: My App, really\nid: 7\ndescription:\n  '''\n  two\n  lines\n  '''\n`
  const edited = edit(text, (members) => {
    members['name'] = 'Other'
    members['description'] = 'one'
    members['theme'] = 'dark'
  })
  assert.deepEqual(edited, {
    text: `# no braces\n"@class": ${CLASS}\nserviceId: ^https://app/\\d+$\nname: "Other"\nid: 7\ndescription:\n  "one",\n"theme": "dark"\n`,
    commentsLost: false,
  })
})

test('ids stay exact, defaults are not added, what is no object of members is left to be written anew', () => {
  const text = `{ "@class": "${CLASS}", "serviceId": "^https://a/.*", "name": "A", "id": 9223372036854775807 /* long */ }`
  const edited = edit(text, (members) => {
    members['evaluationOrder'] = 0
    members['name'] = 'B'
  })
  assert.equal(edited?.text, text.replace('"A"', '"B"'))
  const added = edit(text, (members) => {
    members['evaluationOrder'] = 3
  })
  assert.match(added?.text ?? '', /"id": 9223372036854775807, "evaluationOrder": 3 \/\* long \*\/ \}$/)
  const written = { definition: {}, className: CLASS, id: '1' }
  for (const odd of ['[{"a": 1}]', '{"a": ', 'x', '{"a": 1} b: 2', '{'.repeat(20_000)])
    assert.equal(editedText(odd, written, written), undefined, odd)
})

test('random changes of random texts are either exactly what was wanted or left to be written anew', () => {
  let seed = 7
  const random = (limit: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return (seed >> 8) % limit
  }
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T
  const noise = ['', ' ', '\n', ' // c\n', ' # d, }\n', '/* e\n*/', '\n\n']
  let edits = 0
  for (let round = 0; round < 500; round++) {
    const members = [`"@class": "${CLASS}"`, '"serviceId": "^https://a/.*"', `${pick(['name', '"name"', "'name'"])}: "A"`, '"id": 5']
    for (const more of [
      '"theme": "x"',
      'evaluationOrder: 4',
      '"environments": ["a", ["b"] ]',
      "\"description\": 'it\\'s'",
      'unknown: { a: 1, "b": { c: null } }',
    ]) {
      if (random(2) === 0) members.push(more)
    }
    const text = `${pick(noise)}{${members.map((each) => `${pick(noise)}${each}${pick(noise)}`).join(',')}${pick(['', ','])}${pick(noise)}}${pick(noise)}`
    if (parseRelaxedJson(text).kind === 'broken') continue
    const edited = edit(text, (all) => {
      for (const [name, value] of [
        ['theme', 'y'],
        ['description', 'z'],
        ['evaluationOrder', 9],
        ['environments', ['q']],
        ['unknown', { a: 2, d: [1] }],
      ] as const) {
        const what = random(3)
        if (what === 0) all[name] = value
        else if (what === 1) delete all[name]
      }
    })
    if (edited) edits++
  }
  assert.ok(edits > 400, String(edits))
})

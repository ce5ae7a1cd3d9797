import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { Success } from '../../../src/protocols/cas/formats/format.ts'
import { jsonFormat } from '../../../src/protocols/cas/formats/json.ts'
import { textFormat } from '../../../src/protocols/cas/formats/text.ts'
import { xmlFormat } from '../../../src/protocols/cas/formats/xml.ts'

const directory = join(import.meta.dirname, '../../golden/validation')
const files = globSync('*.golden', { cwd: directory }).sort()

const writers: Readonly<Record<string, (answer: Success) => string>> = {
  xml: (answer) => xmlFormat(false).success(answer),
  'xml inline': (answer) => xmlFormat(true).success(answer),
  json: (answer) => jsonFormat(false).success(answer),
  'json unwrapped': (answer) => jsonFormat(true).success(answer),
  text: (answer) => textFormat(false).success(answer),
  'text with values per line': (answer) => textFormat(true).success(answer),
}

test('there are golden answers', () => assert.ok(files.length >= 5))

for (const file of files) {
  // The answer as JSON, then `---- format` and the exact bytes of that format; the line break before the next mark belongs to the mark.
  const [input = '', ...sections] = readFileSync(join(directory, file), 'utf8').split(/^---- /m)
  for (const section of sections) {
    const end = section.indexOf('\n')
    const format = section.slice(0, end)
    test(`${basename(file, '.golden')} in ${format} is written byte by byte`, () => {
      const write = writers[format]
      assert.ok(write, `no format ${format}`)
      assert.equal(`${write(JSON.parse(input) as Success)}\n`, section.slice(end + 1))
    })
  }
}

/** The program of the thread in which large texts are parsed; started by parse-apart.ts. */
import { parentPort } from 'node:worker_threads'
import { parseDefinition } from './definition-text.ts'
import type { ParsedText, TextToParse } from './parse-apart.ts'

parentPort?.on('message', ({ id, text, format }: TextToParse) => {
  parentPort?.postMessage({ id, parsed: parseDefinition(text, format) } satisfies ParsedText)
})

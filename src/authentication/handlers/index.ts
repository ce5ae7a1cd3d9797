import type { Handler } from '../handler.ts'
import type { HandlerParts } from '../handler-frame.ts'
import { accept } from './accept.ts'
import { file } from './file.ts'
import { json } from './json.ts'
import { reject } from './reject.ts'

/** Makes a handler from its settings; `undefined` when they do not want it. */
export type HandlerFactory = (parts: HandlerParts) => Promise<Handler | undefined>

/** In the order of registration, which decides between handlers of the same `order`. */
export const handlers: readonly HandlerFactory[] = [accept, json, file, reject]

import { basename, dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const here = import.meta.dirname

/** Where the program lies: `src/`, or the folder of what was built of it, in which this file is a part of another at the top. */
export const programDirectory = basename(here) === 'base' ? dirname(here) : here

/** @param path From the top of the sources, as `views/static`. @returns where that lies, here or in what was built. */
export const programFile = (path: string): string => join(programDirectory, path)

/** @param module From the top of the sources, without an extension. @returns the address by which a thread or a script loads it. */
export const programModule = (module: string): URL => pathToFileURL(join(programDirectory, `${module}${extname(import.meta.filename)}`))

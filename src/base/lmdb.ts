import { createRequire } from 'node:module'

export type { Database, RootDatabase } from 'lmdb'

type Library = typeof import('lmdb')

let library: Library | undefined

/**
 * Opens an LMDB environment; the library is loaded with the first one. As CommonJS it is a handful of files, as modules thirty, which takes a start 17 ms of
 * processor time and 2 MB more.
 */
export const openLmdb = ((...options: Parameters<Library['open']>) => {
  library ??= createRequire(import.meta.url)('lmdb') as Library
  return library.open(...options)
}) as Library['open']

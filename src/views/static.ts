import { createHash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { HttpRefusal } from '../base/errors.ts'
import { programFile } from '../base/program-files.ts'
import type { Call, Route } from '../http/index.ts'

const OURS = programFile('views/static')
/** What is shipped; nothing else of the directory is served. */
const FILES = [
  '/css/castellan.css',
  '/css/console.css',
  '/js/castellan.js',
  '/images/logo.svg',
  '/images/logo-dark.svg',
  '/favicon.svg',
  '/favicon.ico',
] as const

/** Only these are ever served; a theme's properties or templates are not among them. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
}
const COMPRESSIBLE = new Set(['.css', '.js', '.mjs', '.svg', '.txt'])
const A_YEAR_SECONDS = 31_536_000
const FOR_EVER = `public, max-age=${A_YEAR_SECONDS}, immutable`
const MAX_THEME_FILE_BYTES = 8 * 1024 * 1024

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  /** Compressed when first asked for, then kept. */
  readonly zipped: (() => Uint8Array<ArrayBuffer>) | undefined
  readonly type: string
  readonly version: string
}

export interface StaticFiles {
  /** Address of a shipped file below the server's root, with its version. */
  asset(path: string): string
  readonly routes: readonly Route[]
}

async function assetOf(path: string): Promise<Asset> {
  const body = new Uint8Array(await readFile(join(OURS, path)))
  const extension = extname(path)
  let kept: Uint8Array<ArrayBuffer> | undefined
  const zipped = () => {
    kept ??= new Uint8Array(gzipSync(body, { level: 9 }))
    return kept
  }
  return {
    body,
    zipped: COMPRESSIBLE.has(extension) ? zipped : undefined,
    type: TYPES[extension] ?? 'application/octet-stream',
    version: createHash('sha256').update(body).digest('hex').slice(0, 10),
  }
}

const matches = (call: Call, etag: string): boolean =>
  call.req
    .header('If-None-Match')
    ?.split(',')
    .some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*') ?? false

/** The common headers forbid caches by the ending of the path, and not all endings of ours are in that list. */
function allowCaching(call: Call): void {
  const common = call.get('headers') as Call['var']['headers'] | undefined
  delete common?.['Pragma']
  delete common?.['Expires']
}

/** @param usual `Cache-Control` of an address without the version of its content. */
function send(call: Call, asset: Asset, usual: string): Response {
  allowCaching(call)
  const etag = `"${asset.version}"`
  const headers = new Headers({
    'Cache-Control': call.req.query('v') === asset.version ? FOR_EVER : usual,
    ETag: etag,
    'Content-Type': asset.type,
  })
  if (asset.zipped) headers.set('Vary', 'Accept-Encoding')
  if (matches(call, etag)) return new Response(null, { status: 304, headers })
  if (!asset.zipped || !/\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\b)/i.test(call.req.header('Accept-Encoding') ?? '')) {
    return new Response(asset.body, { headers })
  }
  headers.set('Content-Encoding', 'gzip')
  return new Response(asset.zipped(), { headers })
}

/** `themes/<name>/…` of a request path, if each part is a plain file name; a part that could lead elsewhere makes it no path at all. */
export function themePath(pathname: string, contextPath: string): readonly string[] | undefined {
  const prefix = `${contextPath}/themes/`
  if (!pathname.startsWith(prefix) || pathname.length > 1024) return undefined
  let rest: string
  try {
    rest = decodeURIComponent(pathname.slice(prefix.length))
  } catch {
    return undefined
  }
  const parts = rest.split('/')
  return parts.length >= 2 && parts.every((part) => /^[\w-][\w .@+-]*$/.test(part)) && TYPES[extname(rest).toLowerCase()]
    ? parts
    : undefined
}

/** The file of a theme, looked for in `themes/`, `static/themes/` and the template directory itself. */
export async function themeFile(
  directories: readonly string[],
  parts: readonly string[],
): Promise<{ file: string; size: number; mtimeMs: number } | undefined> {
  for (const directory of directories) {
    for (const place of [join(directory, 'themes'), join(directory, 'static', 'themes'), directory]) {
      try {
        const [root, file] = await Promise.all([realpath(place), realpath(join(place, ...parts))])
        // A link inside of a theme must not lead out of it either.
        if (!file.startsWith(root + sep)) continue
        const { size, mtimeMs, isFile } = await stat(file).then((found) => ({
          size: found.size,
          mtimeMs: found.mtimeMs,
          isFile: found.isFile(),
        }))
        if (isFile && size <= MAX_THEME_FILE_BYTES) return { file, size, mtimeMs }
      } catch {
        // Not here: the next directory.
      }
    }
  }
  return undefined
}

/**
 * The style sheet, the script, the pictures, and the files of themes (login-flow.md 14, 15.3). Shipped files are kept in memory, plain and compressed.
 *
 * @param options.directories Template directories in which themes lie.
 * @param options.maxAgeSeconds How long browsers may keep files whose address has no version.
 */
export async function staticFiles(options: {
  readonly contextPath: string
  readonly directories: readonly string[]
  readonly maxAgeSeconds: number
}): Promise<StaticFiles> {
  const usual = `public, max-age=${Math.round(Math.min(options.maxAgeSeconds, A_YEAR_SECONDS))}`
  const assets = new Map(await Promise.all(FILES.map(async (path) => [path as string, await assetOf(path)] as const)))
  const own = [...assets].map(
    ([path, asset]): Route => ({
      method: 'GET',
      path,
      statuses: [200, 304],
      changesState: false,
      handle: (call) => send(call, asset, usual),
    }),
  )
  const themes: Route = {
    method: 'GET',
    path: '/themes/*',
    statuses: [200, 304, 404],
    changesState: false,
    async handle(call) {
      const parts = themePath(new URL(call.req.url).pathname, options.contextPath)
      const found = parts && (await themeFile(options.directories, parts))
      if (!found) throw new HttpRefusal(404, 'not_found', 'no such file', { headers: { 'Cache-Control': 'no-store' } })
      const etag = `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"`
      const headers = { 'Cache-Control': usual, ETag: etag }
      allowCaching(call)
      if (matches(call, etag)) return new Response(null, { status: 304, headers })
      const type = TYPES[extname(found.file).toLowerCase()] ?? 'application/octet-stream'
      return new Response(new Uint8Array(await readFile(found.file)), { headers: { ...headers, 'Content-Type': type } })
    },
  }
  return {
    asset: (path) => {
      const asset = assets.get(path)
      return `${options.contextPath}${path}${asset ? `?v=${asset.version}` : ''}`
    },
    routes: [...own, themes],
  }
}

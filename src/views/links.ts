/** Schemes that run or disguise something when a browser follows them. */
const HARMFUL = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'filesystem:', 'view-source:', 'about:'])

function parsed(address: string | undefined): URL | undefined {
  // Whoever writes control characters or blanks into an address wants the parser to read another one than the eye.
  if (!address || /[\u0000-\u0020\u007f]/.test(address)) return undefined
  return URL.parse(address) ?? undefined
}

/** The address if a page may link to it: http or https, absolute. Anything else is dropped. */
export function webLink(address: string | undefined): string | undefined {
  const url = parsed(address)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? address : undefined
}

/** The address if a browser may be led there: also the private scheme of an application on the device. */
export function destination(address: string | undefined): string | undefined {
  const url = parsed(address)
  return url && !HARMFUL.has(url.protocol) ? address : undefined
}

/** An image of a definition or theme: https, a picture in `data:`, or a path of this server. */
export function imageSource(address: string | undefined, contextPath: string): string | undefined {
  if (!address) return undefined
  if (/^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(address)) return address
  if (address.startsWith('/') && !/^\/[/\\]/.test(address)) return contextPath + address
  return /^\w[\w.-]*(?:\/\w[\w.-]*)*$/.test(address)
    ? `${contextPath}/${address}`
    : parsed(address)?.protocol === 'https:'
      ? address
      : undefined
}

/** Host of an address as one reads it; `''` when it has none. */
export function hostOf(address: string): string {
  return parsed(address)?.host ?? ''
}

/**
 * The service URL with the ticket, otherwise byte for byte as it came: before a fragment, after `&` where the URL has a query, even an empty one
 * (cas-protocol.md 2.5).
 */
export function appendTicket(serviceUrl: string, ticketId: string): string {
  const fragmentAt = serviceUrl.indexOf('#')
  const url = fragmentAt < 0 ? serviceUrl : serviceUrl.slice(0, fragmentAt)
  const fragment = fragmentAt < 0 ? '' : serviceUrl.slice(fragmentAt)
  return `${url}${url.includes('?') ? '&' : '?'}ticket=${ticketId}${fragment}`
}

/** 302 to an address. Characters that a header cannot carry are percent-encoded, all others go as they are. */
export function redirectTo(url: string): Response {
  return new Response(null, { status: 302, headers: { Location: headerSafe(url) } })
}

/** Text of a URL as a header can carry it. */
export function headerSafe(url: string): string {
  return url.replace(/[^\u0021-\u007e]+/gu, (run) => encodeURIComponent(run.toWellFormed()))
}

/** How many tickets for one path of an application a session keeps in mind when it keeps all; the oldest goes first (cas-protocol.md 11.2). */
export const TICKETS_PER_PATH = 50

/** The service id up to the first of `?`, `;`, `#`: what makes two services the same application (cas-protocol.md 11.2). */
export function pathOf(service: string): string {
  const end = service.search(/[?;#]/)
  return end < 0 ? service : service.slice(0, end)
}

/** How many events of one key are kept, and so counted at most; the oldest goes first. */
export const HITS_PER_KEY = 1000

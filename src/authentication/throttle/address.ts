/**
 * What of an address counts for throttling: IPv4 whole, IPv6 its first 64 bits, since one house has the other 64 to itself (authentication.md 12.1).
 * An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. What is no address comes back as it is.
 */
export function throttledAddress(address: string): string {
  const text = address.trim().toLowerCase().replace(/%.*$/, '')
  const mapped = /^(?:0{0,4}:){2,5}(?:0{0,4}:)?ffff:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)
  if (mapped) return mapped[1] ?? text
  if (!text.includes(':')) return text
  const [head = '', tail] = text.split('::', 2)
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  // A dotted quad at the end stands for two groups.
  const missing = tail === undefined ? 0 : 8 - front.length - back.length - (back.at(-1)?.includes('.') ? 1 : 0)
  const all = [...front, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...back]
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

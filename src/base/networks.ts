import { BlockList, isIP } from 'node:net'

/**
 * Whether an address lies in one of these networks: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
 *
 * @throws {Error} names the first text that is no network.
 */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const longest = family === 'ipv6' ? 128 : 32
    const length = bits === undefined ? longest : Number(bits)
    if (isIP(address) === 0 || bits === '' || !Number.isInteger(length) || length < 0 || length > longest) {
      throw new Error(`${network.slice(0, 60)} is no network`)
    }
    list.addSubnet(address, length, family)
  }
  return (address) => {
    const version = isIP(address)
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }
}

/** One entry of a key store; everything is PEM. */
export interface StoreEntry {
  readonly alias: string
  /** Absent: the entry only says whom to believe. */
  readonly key?: string
  /** The entry's own certificate first, then those above it. */
  readonly certificates: readonly string[]
}

/** What the first bytes of a file say that it is. */
export function storeKind(content: Buffer): 'pkcs12' | 'jks' | 'jceks' | 'pem' | undefined {
  const magic = content.length < 4 ? 0 : content.readUInt32BE(0)
  if (magic === 0xfeedfeed) return 'jks'
  if (magic === 0xcececece) return 'jceks'
  if (content[0] === 0x30) return 'pkcs12'
  return content.includes('-----BEGIN') ? 'pem' : undefined
}

/**
 * Reads a whole Java key store or PKCS#12 file, where Node alone does not do: an entry has to be chosen, or authorities are wanted. The libraries are loaded
 * when there is something to read.
 *
 * @param keyPassword Of the key in a JKS file, where it is not that of the store.
 * @throws {Error} of the library; its message speaks of a password where that is wrong.
 */
export async function readStore(content: Buffer, password: string, keyPassword = password): Promise<readonly StoreEntry[]> {
  return storeKind(content) === 'jks' ? readJks(content, password, keyPassword) : readPkcs12(content, password)
}

async function readJks(content: Buffer, password: string, keyPassword: string): Promise<readonly StoreEntry[]> {
  const { default: jks } = await import('jks-js')
  return jks.parseJks(content, password).map((entry) =>
    'chain' in entry
      ? {
          alias: entry.alias,
          key: jks.decrypt(entry.protectedPrivateKey, keyPassword),
          certificates: entry.chain.map(({ value }) => pem('CERTIFICATE', value)),
        }
      : { alias: entry.alias, certificates: [pem('CERTIFICATE', entry.cert.value)] },
  )
}

interface Bag {
  readonly alias: string | undefined
  readonly id: string | undefined
  readonly pem: string
}

/** RFC 7292: keys and certificates lie side by side and find each other by `localKeyId`. */
async function readPkcs12(content: Buffer, password: string): Promise<readonly StoreEntry[]> {
  const { default: forge } = await import('node-forge')
  const container = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(content.toString('latin1')), password)
  const der = (asn1: Parameters<typeof forge.asn1.toDer>[0]) => Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1')
  const keys: Bag[] = []
  const certificates: Bag[] = []
  for (const bag of container.safeContents.flatMap(({ safeBags }) => safeBags)) {
    const names = bag.attributes as { readonly friendlyName?: readonly string[]; readonly localKeyId?: readonly string[] } | undefined
    const facts = { alias: names?.friendlyName?.[0], id: names?.localKeyId?.[0] }
    // Of keys and certificates that node-forge does not know (elliptic curves) it has the bytes all the same.
    if (bag.type === forge.pki.oids['certBag']) {
      const bytes = bag.cert ? der(forge.pki.certificateToAsn1(bag.cert)) : bag.asn1 && der(bag.asn1)
      if (bytes) certificates.push({ ...facts, pem: pem('CERTIFICATE', bytes) })
      continue
    }
    const bytes = bag.key ? der(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))) : bag.asn1 && der(bag.asn1)
    if (bytes) keys.push({ ...facts, pem: pem('PRIVATE KEY', bytes) })
  }
  const isOf = (key: Bag, one: Bag) => (key.id === undefined ? one.alias === key.alias : one.id === key.id)
  const taken = new Set(certificates.filter((one) => keys.some((key) => isOf(key, one))))
  const others = certificates.filter((one) => !taken.has(one))
  return [
    ...keys.map((key) => ({
      alias: key.alias ?? '',
      key: key.pem,
      certificates: [...certificates.filter((one) => isOf(key, one)), ...others].map((one) => one.pem),
    })),
    ...others.map((one) => ({ alias: one.alias ?? '', certificates: [one.pem] })),
  ]
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

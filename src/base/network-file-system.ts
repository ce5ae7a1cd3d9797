import { statfsSync } from 'node:fs'

/** NFS, SMB, SMB2, CIFS, FUSE, 9p, AFS, Ceph, Lustre, GPFS: file systems on which the changes of other machines raise no event here. */
const NETWORK_TYPES = new Set([
  0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x65735546, 0x01021997, 0x5346414f, 0x00c36400, 0x0bd00bd0, 0x47504653,
])

/** Whether a directory lies on a file system that other machines may share. */
export function isOnNetwork(directory: string): boolean {
  try {
    return NETWORK_TYPES.has(statfsSync(directory).type)
  } catch {
    return false
  }
}

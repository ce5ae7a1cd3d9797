/** What every encrypted value begins with (configuration.md 6). */
export const CIPHER_PREFIX = '{cas-cipher}'

/** Algorithm of values that this server encrypts, unless another is configured. That of CAS, which is the default for reading, is broken. */
export const ENCRYPTING_ALGORITHM = 'PBEWITHHMACSHA512ANDAES_256'

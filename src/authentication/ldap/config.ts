import { choice, duration, flag, resource, text, texts } from '../../base/schema.ts'

/** How a directory is reached (authentication.md 4.6); the same for everything that asks one. */
export const ldapConnection = {
  ldapUrl: text('', 'Addresses of the servers, `ldap://` or `ldaps://`, separated by blanks or commas.'),
  connectionStrategy: choice(
    ['ACTIVE_PASSIVE', 'ROUND_ROBIN', 'RANDOM'],
    'ACTIVE_PASSIVE',
    'Which of several servers is tried first when a connection is made; the others follow.',
  ),
  useStartTls: flag(false, 'Whether a connection to `ldap://` is encrypted before anything is said.'),
  connectTimeout: duration('PT5S', 'Until the connection stands.'),
  responseTimeout: duration('PT5S', 'Until an answer is there.'),
  bindDn: text('', 'Who asks; empty: nobody in particular.'),
  bindCredential: text('', 'Password of that.', { secret: true }),
  trustCertificates: resource('', 'File with the certificates (PEM) of the authorities that are trusted; empty: those of the system.'),
  trustManager: choice(['DEFAULT', 'ANY'], 'DEFAULT', 'ANY: any certificate is good, whoever shows it.'),
  hostnameVerifier: choice(['DEFAULT', 'ANY'], 'DEFAULT', 'ANY: the name in a certificate does not count.'),
  binaryAttributes: texts(['objectGUID', 'objectSid'], 'Attributes whose values are bytes; they come as Base64.'),
} as const

import {
  choice,
  cryptoBlock,
  duration,
  flag,
  group,
  type Infer,
  int,
  listOf,
  mapOf,
  type Property,
  regex,
  resource,
  text,
  texts,
} from '../base/schema.ts'
import { ldapConnection } from './ldap/config.ts'

/** Java's `Integer.MAX_VALUE`: handlers without an order come last, in the order of their registration. */
const LAST = 2_147_483_647

/**
 * `name::password` pairs. Unlike `texts`, blanks stay: they belong to the password (authentication.md 4.1). A password with a comma needs the
 * indexed form `users[0]`.
 */
const userList = (fallback: readonly string[], about: string): Property<readonly string[]> => ({
  kind: 'property',
  type: 'texts',
  fallback,
  about,
  facts: { secret: true },
  fallbackText: fallback.join(','),
  read: (raw) => (typeof raw === 'string' ? raw.split(',') : raw).filter((user) => user.trim() !== ''),
})

const passwordEncoder = group({
  type: text(
    'NONE',
    'How stored passwords are encoded: NONE, DEFAULT, STANDARD, BCRYPT, SCRYPT, PBKDF2, ARGON2, SSHA, GLIBC_CRYPT, DELEGATING, or the path of a module.',
  ),
  encodingAlgorithm: text('', 'Digest of DEFAULT, HMAC of PBKDF2, method of GLIBC_CRYPT, first choice of DELEGATING for new values.'),
  characterEncoding: text('UTF-8', 'Character set of the password for DEFAULT.'),
  secret: text('', 'Secret mixed in by STANDARD and PBKDF2.', { secret: true }),
  strength: int(16, 'Cost of new BCRYPT values; bytes of salt of PBKDF2, SCRYPT and ARGON2.', { min: 1, max: 1024 }),
  hashLength: int(16, 'Bytes of new ARGON2 values.', { min: 4, max: 1024 }),
  iterations: int(310_000, 'Rounds of PBKDF2.', { min: 1, max: 100_000_000 }),
})
export type PasswordEncoderConfig = Infer<typeof passwordEncoder>

const principalTransformation = group({
  pattern: regex('', 'Pattern whose first group becomes the name.'),
  prefix: text('', 'Put before the name.'),
  suffix: text('', 'Put behind the name.'),
  caseConversion: choice(['NONE', 'LOWERCASE', 'UPPERCASE'], 'NONE', 'Case of the name.'),
  blockingPattern: regex('', 'Names in which this pattern is found are refused.'),
})
export type PrincipalTransformationConfig = Infer<typeof principalTransformation>

/** @param old Where these stood when they were named as if CAS had them. */
const turn = (old?: string) => {
  const facts = (name: string) => (old === undefined ? {} : { formerly: [`${old}.${name}`] })
  return {
    order: int(LAST, 'Handlers are asked in ascending order.', facts('order')),
    state: choice(['ACTIVE', 'STANDBY'], 'ACTIVE', 'STANDBY: only for services that require this handler by name.', facts('state')),
    credentialCriteria: regex(
      '',
      'Only user names in which this pattern is found are given to this handler.',
      facts('credential-criteria'),
    ),
  }
}
const common = {
  name: text('', 'Name of the handler, as services and released attributes know it. Empty: the class name that CAS gives it.'),
  passwordEncoder,
  principalTransformation,
}

const repositoryState = choice(
  ['ACTIVE', 'STANDBY', 'DISABLED'],
  'ACTIVE',
  'STANDBY: asked only where a definition names it; DISABLED: never.',
)

/** Settings of the room (authentication.md 3–5, 7–10, 12.1), from the root of the tree. Sources that are not built are not declared. */
export const authenticationConfig = group({
  cas: group({
    authn: group({
      accept: group({
        ...common,
        ...turn(),
        enabled: flag(true, 'Whether the static list of users counts.'),
        users: userList(['casuser::Mellon'], 'Static users, `name::password`, separated by commas. For trials only.'),
      }),
      json: group({
        ...common,
        location: resource('', 'File of users: a map from name to account.'),
        passwordPolicy: group({
          enabled: flag(true, 'Whether an account that ends soon is announced.'),
          warningDays: int(30, 'Days before the end of an account from which its user is warned.', { min: 0 }),
          warnAll: flag(false, 'Whether every user with a date of end is warned, however far it is.'),
        }),
      }),
      file: group({
        ...common,
        filename: resource('', 'File of users, one `name::password` a line.'),
        separator: text('::', 'What stands between name and password.'),
      }),
      reject: group({
        ...common,
        users: texts([], 'Names that are refused. Beware: everybody else is let in with any password.'),
      }),
      policy: group({
        any: group({
          enabled: flag(true, 'One handler that says yes is enough.'),
          tryAll: flag(false, 'Every handler asked must say yes.'),
        }),
        all: group({ enabled: flag(false, 'As many handlers must say yes as there are credentials.') }),
        allHandlers: group({ enabled: flag(false, 'Every handler asked must say yes.') }),
        req: group({
          enabled: flag(false, 'One of the handlers named must say yes.'),
          handlerName: texts(['handlerName'], 'Names of the handlers of which one must say yes.'),
          tryAll: flag(false, 'Exactly as many handlers must have answered as there are credentials.'),
        }),
        requiredAttributes: group({
          enabled: flag(false, 'Attributes of the user or of the event must have certain values.'),
          attributes: mapOf(regex('', 'Pattern that one value of the attribute must match.'), 'Name of the attribute → pattern.'),
        }),
        notPrevented: group({ enabled: flag(false, 'No handler may be out of order, and every one asked must say yes.') }),
        groovy: listOf(
          group({
            enabled: flag(true, 'Whether it counts.'),
            script: resource('', 'Module with `run(authentication, principal, logger)`, which throws, or answers false, to refuse.'),
          }),
          'Scripts that must all agree.',
        ),
        rest: listOf(
          group({
            url: text('', 'Address that the user is posted to as JSON; 200 lets in.'),
            basicAuthUsername: text('', 'Name there.'),
            basicAuthPassword: text('', 'Password there.', { secret: true }),
            headers: mapOf(text('', 'Value.'), 'Header → value.'),
          }),
          'Servers that must all agree.',
        ),
        uniquePrincipal: group({
          enabled: flag(false, 'Users with too many sessions are refused.'),
          maximumAllowedSessions: int(0, 'Sessions a user may have when logging in once more.', { min: 0 }),
        }),
        requiredHandlerAuthenticationPolicyEnabled: flag(false, 'All handlers that a service requires must have said yes.'),
        sourceSelectionEnabled: flag(false, 'Whether the login form lets the user choose the handler.'),
      }),
      errors: group({
        exceptions: texts([], 'Class names of further failures that have a text of their own, after the known ones.'),
      }),
      throttle: group({
        failure: group({
          threshold: int(-1, 'The attempt that is refused, counted within the range; below 1: no throttling.'),
          rangeSeconds: int(-1, 'Length of the sliding window in seconds; below 1: no throttling.'),
          throttleWindowSeconds: duration('0', 'How long a user and address stay refused once they were.'),
        }),
        core: group({
          usernameParameter: text('username', 'Form field that, with the address, makes the key.', {
            formerly: ['cas.authn.throttle.username-parameter'],
          }),
        }),
      }),
      attributeRepository: group({
        core: group({
          merger: choice(['REPLACE', 'ADD', 'MULTIVALUED', 'NONE'], 'REPLACE', 'What happens when two sources know the same attribute.', {
            formerly: ['cas.authn.attribute-repository.merger'],
          }),
          aggregation: choice(
            ['MERGE', 'CASCADE'],
            'MERGE',
            'MERGE: all sources are asked with the name. CASCADE: with what the last one said.',
            {
              formerly: ['cas.authn.attribute-repository.aggregation'],
            },
          ),
          requireAllRepositorySources: flag(false, 'Whether one source that knows nothing makes all know nothing.', {
            formerly: ['cas.authn.attribute-repository.require-all-repository-sources'],
          }),
          defaultAttributesToRelease: texts([], 'Attributes of the user that every service gets, besides what its own policy gives.', {
            formerly: ['cas.authn.attribute-repository.default-attributes-to-release'],
          }),
          expirationTime: int(30, 'How long answers of REST and LDAP are remembered; 0 and less: not at all.', {
            formerly: ['cas.authn.attribute-repository.expiration-time'],
          }),
          expirationTimeUnit: choice(
            ['MINUTES', 'NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'HOURS', 'DAYS'],
            'MINUTES',
            'Unit of that time.',
            { formerly: ['cas.authn.attribute-repository.expiration-time-unit'] },
          ),
          maximumCacheSize: int(10_000, 'Of how many users answers are remembered.', {
            min: 1,
            formerly: ['cas.authn.attribute-repository.maximum-cache-size'],
          }),
          recoverExceptions: flag(true, 'Whether a source that fails is passed over; else the login is refused.'),
        }),
        stub: group({
          id: text('', 'Name of this source.'),
          order: int(0, 'Sources are asked in ascending order.'),
          state: repositoryState,
          attributes: mapOf(
            texts([], 'Values, the same for everybody.', { formerly: ['cas.authn.attribute-repository.attributes.*'] }),
            'Attribute → values.',
          ),
        }),
        json: listOf(
          group({
            id: text('', 'Name of this source.'),
            location: resource('', 'File: a map from user name to attributes.'),
            order: int(0, 'Sources are asked in ascending order.'),
            state: repositoryState,
          }),
          'Files of attributes.',
        ),
        rest: listOf(
          group({
            id: text('', 'Name of this source.'),
            url: text(
              '',
              'Address that is asked, with the name of the user in the query; it answers with an object of names and values, or 404.',
            ),
            method: choice(['GET', 'POST', 'PUT'], 'GET', 'How it is asked.'),
            usernameAttribute: text('username', 'Parameter that has the name of the user.'),
            basicAuthUsername: text('', 'Name there.'),
            basicAuthPassword: text('', 'Password there.', { secret: true }),
            headers: mapOf(text('', 'Value.'), 'Header → value.'),
            order: int(0, 'Sources are asked in ascending order.'),
            state: repositoryState,
          }),
          'Servers that know attributes.',
        ),
        ldap: listOf(
          group({
            id: text('', 'Name of this source.'),
            ...ldapConnection,
            baseDn: text('', 'Where the search begins; several separated by `|`.'),
            searchFilter: text('', 'Filter with the name of the user as `{user}`, such as `uid={user}`.', {
              formerly: ['cas.authn.attribute-repository.ldap[*].user-filter'],
            }),
            subtreeSearch: flag(true, 'Whether entries below those right under the base count too.'),
            allowMultipleEntries: flag(false, 'Whether the first of several entries counts; else several are an error.'),
            attributes: mapOf(texts([], 'Names here.'), 'Attribute of the entry → names here; empty: all as they are.'),
            order: int(0, 'Sources are asked in ascending order.'),
            state: repositoryState,
          }),
          'Directories that know attributes.',
        ),
      }),
    }),
    clearpass: group({
      cacheCredential: flag(
        false,
        'Whether the password of a login is kept, sealed, in its session, for applications whose definition releases it (`authorizedToReleaseCredentialPassword`).',
      ),
      crypto: cryptoBlock({
        enabled: true,
        encryptionKeySize: 512,
        alg: 'A256CBC-HS512',
        usedWith: 'cacheCredential',
        enabledAbout: 'Without effect: kept passwords are always sealed.',
      }),
    }),
    personDirectory: group({
      principalAttribute: texts([], 'Attributes of which the first with a value becomes the id of the user.'),
      returnNull: choice(['TRUE', 'FALSE', 'UNDEFINED'], 'UNDEFINED', 'Whether a user without attributes counts as not resolved.'),
      principalResolutionFailureFatal: choice(
        ['TRUE', 'FALSE', 'UNDEFINED'],
        'UNDEFINED',
        'Whether a user that is not resolved is refused; else what the handler said counts.',
      ),
      attributeResolutionEnabled: choice(['TRUE', 'FALSE', 'UNDEFINED'], 'UNDEFINED', 'Whether sources of attributes are asked.'),
      activeAttributeRepositoryIds: texts(['*'], 'Ids of the sources that are asked; `*` for all.'),
      attributeRepositorySelection: mapOf(texts([], 'Ids of the sources.'), 'Name of a handler → the sources asked for its users.'),
      principalResolutionConflictStrategy: text('last', 'Whose id counts when several handlers said yes: `first` or `last`.'),
      principalTransformation,
    }),
  }),
  castellan: group({
    // What CAS has for the static users only.
    authn: group({
      json: group(turn('cas.authn.json')),
      file: group(turn('cas.authn.file')),
      reject: group(turn('cas.authn.reject')),
    }),
    attributes: group({
      staleIfError: duration('0', 'How much longer the last answer of REST and LDAP counts while the source cannot be asked.'),
    }),
    scripts: group({ timeout: duration('PT2S', 'Longest time of one call of a module that has no setting of its own.') }),
    passwords: group({
      queueSize: int(256, 'How many password checks may wait; one more is answered 503.', { min: 1, max: 100_000 }),
    }),
  }),
})
/** What the room is given; `config/` makes it. */
export type AuthenticationConfig = Infer<typeof authenticationConfig>

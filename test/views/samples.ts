import type { View } from '../../src/views/index.ts'
import { application, interruptProps, loginProps, signedInProps } from './world.ts'

const execution = loginProps.execution
const logo =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 48 48%22%3E%3Crect x=%229%22 y=%226%22 width=%2230%22 height=%2236%22 rx=%224%22 fill=%22%232f5d8a%22/%3E%3C/svg%3E'
const longName = 'Hochschulübergreifendes Forschungsinformations- und Publikationsverwaltungssystem der Rechtswissenschaftlichen Fakultäten'

const service = (message: string, reason: string, redirectUrl?: string): View => ({
  id: 'error/casServiceErrorView',
  props: { message, reason, service: 'https://wiki.example.org/login?next=/w/Main', redirectUrl },
})
const state = (name: string): View => ({
  id: 'login/accountStateView',
  props: { heading: `screen.${name}.heading`, message: `screen.${name}.message`, principalId: 'student1' },
})
const interrupt = (over: Partial<typeof interruptProps>): View => ({
  id: 'interrupt/casInterruptView',
  props: { ...interruptProps, ...over },
})
const notes = {
  ...application,
  name: 'Shared Notes',
  description: 'Notes that you write together, run by the Students’ Union.',
  logo,
  informationUrl: 'https://notes.example.org/about',
  privacyUrl: 'https://notes.example.org/privacy',
}
const deviceForm = {
  principalId: 'student1',
  userCode: '',
  transaction: undefined,
  csrf: 'q8Zr0m2x',
  userCodeLength: 8,
  error: undefined,
}
const code = (over: Partial<Extract<View, { id: 'simple-mfa/casSimpleMfaLoginView' }>['props']> = {}): View => ({
  id: 'simple-mfa/casSimpleMfaLoginView',
  props: {
    execution,
    application: { ...application, logo },
    principalId: 'student1',
    recipients: [
      { channel: 'sms', masked: '+49*******4417' },
      { channel: 'mail', masked: 's***@example.org' },
    ],
    length: 6,
    type: 'NUMERIC',
    secondsLeft: 300,
    error: undefined,
    sentAgain: false,
    ...over,
  },
})
const passwordlessCode = (over: Partial<Extract<View, { id: 'passwordless/casPasswordlessDisplayView' }>['props']> = {}): View => ({
  id: 'passwordless/casPasswordlessDisplayView',
  props: {
    execution,
    application: { ...application, logo },
    name: 'student1',
    length: 8,
    secondsLeft: 180,
    error: undefined,
    sentAgain: false,
    ...over,
  },
})
const mfaApplication = { ...application, logo }
const deviceError = (key: string): View => ({
  id: 'protocol/oauth/deviceCodeApproval',
  props: { ...deviceForm, userCode: 'K7RW-2QXN', error: { key } },
})
const deviceConfirm = (scopes: readonly string[], name = 'Cluster Command Line'): View => ({
  id: 'protocol/oauth/deviceCodeConfirm',
  props: {
    ...deviceForm,
    application: { ...application, name, description: undefined, logo },
    userCode: 'K7RW-2QXM',
    askedAtMs: Date.UTC(2026, 10, 24, 17, 20),
    askedFrom: '198.51.100.24',
    scopes,
  },
})
const deviceApproved = (allowed: boolean, name = 'Cluster Command Line'): View => ({
  id: 'protocol/oauth/deviceCodeApproved',
  props: { application: { ...application, name, logo }, allowed },
})
const error = (status: number): View => ({ id: 'error/casErrorView', props: { status } })

/** Every page in every state that looks different; the names are for screenshots and messages. */
export const samples: Readonly<Record<string, View>> = {
  login: {
    id: 'login/casLoginView',
    props: { ...loginProps, application: { ...application, logo }, rememberMe: true, warn: true, publicWorkstation: true },
  },
  'login-plain': { id: 'login/casLoginView', props: { ...loginProps, application: undefined, rememberMe: true } },
  'login-failed': {
    id: 'login/casLoginView',
    props: {
      ...loginProps,
      username: 'student1',
      errors: [{ key: 'authenticationFailure.FailedLoginException' }],
      invalidFields: ['password'],
      rememberMe: true,
    },
  },
  'login-blank': {
    id: 'login/casLoginView',
    props: {
      ...loginProps,
      errors: [{ key: 'username.required' }, { key: 'password.required' }],
      invalidFields: ['username', 'password'],
    },
  },
  'login-renew': {
    id: 'login/casLoginView',
    props: {
      ...loginProps,
      application: { ...application, name: longName },
      username: 'student.of-the-faculty-of-agricultural-sciences@nordhafen.example.org',
      existingSession: { principalId: 'student.of-the-faculty-of-agricultural-sciences' },
      rememberMe: true,
    },
  },
  'login-everything': {
    id: 'login/casLoginView',
    props: {
      ...loginProps,
      application: { ...application, wildcard: true },
      expiredNotice: true,
      insecure: true,
      staticUsers: true,
      rememberMe: true,
      warn: true,
      publicWorkstation: true,
      sources: ['LdapStaff', 'LdapStudents'],
      customFields: [{ name: 'department', labelKey: 'department', required: true, value: '' }],
      carried: [{ name: 'origin', value: 'portal' }],
    },
  },
  'signed-in': { id: 'login/casGenericSuccessView', props: signedInProps },
  'signed-in-applications': {
    id: 'login/casGenericSuccessView',
    props: {
      ...signedInProps,
      applications: [
        { id: '1001', name: 'Student Records', url: 'https://records.example.org/', logo, open: true },
        { id: '1002', name: 'University Library', url: 'https://library.example.org/', logo: undefined, open: true },
        { id: '1003', name: longName, url: undefined, logo: undefined, open: false },
      ],
    },
  },
  warn: {
    id: 'login/casConfirmView',
    props: {
      execution,
      application: { ...application, logo },
      host: 'library.example.org',
      releases: ['username', 'displayName', 'eduPersonAffiliation'],
    },
  },
  warnings: {
    id: 'login/casLoginMessageView',
    props: {
      execution,
      warnings: [
        { key: 'password.expiration.warning', args: ['5'] },
        { key: 'password.expiration.loginsRemaining', args: ['2'] },
      ],
    },
  },
  passwordless: { id: 'passwordless/casPasswordlessGetUserIdView', props: { ...loginProps, application: { ...application, logo } } },
  'passwordless-code': passwordlessCode(),
  'passwordless-code-error': passwordlessCode({ error: { key: 'castellan.mfa.simple.wrong' }, application: notes }),
  'passwordless-code-again': passwordlessCode({
    sentAgain: true,
    secondsLeft: 0,
    name: 'a-very-long-user-name-of-a-person@students.university.example.org',
  }),
  'mfa-code': code(),
  'mfa-code-error': code({ error: { key: 'castellan.mfa.simple.wrong' } }),
  'mfa-code-long': code({ length: 8, type: 'ALPHANUMERIC', secondsLeft: 30, sentAgain: true, application: notes }),
  'mfa-code-own': code({ recipients: [], secondsLeft: 0 }),
  'mfa-choice': {
    id: 'simple-mfa/casSimpleMfaChoiceView',
    props: {
      execution,
      application: mfaApplication,
      error: undefined,
      choices: [
        { channel: 'sms', masked: '+49*******4417' },
        { channel: 'sms', masked: '+49*******0931' },
        { channel: 'mail', masked: 's***@example.org' },
      ],
    },
  },
  'mfa-address': {
    id: 'simple-mfa/casSimpleMfaAddressView',
    props: { execution, application: mfaApplication, error: { key: 'castellan.mfa.simple.address-refused' } },
  },
  'mfa-unable': { id: 'simple-mfa/casSimpleMfaUnableView', props: { application: mfaApplication, reason: 'not-sent' } },
  'mfa-no-contact': { id: 'simple-mfa/casSimpleMfaUnableView', props: { application: mfaApplication, reason: 'no-contact' } },
  'mfa-too-many': { id: 'simple-mfa/casSimpleMfaUnableView', props: { application: mfaApplication, reason: 'too-many' } },
  'mfa-unavailable': { id: 'mfa/casMfaUnavailableView', props: { application: undefined } },
  'mfa-denied': { id: 'mfa/casMfaDeniedView', props: { application: undefined } },
  interrupt: interrupt({
    application: { ...application, logo },
    message: {
      text: 'On <strong>Saturday, 28 November, from 06:00 to 09:00</strong>, Student Records is closed for maintenance. Hand in your enrolment before Friday evening.',
      format: 'SAFE_HTML',
    },
    data: { campus: ['Harbour Street'], advisor: ['First Advisor', 'Second Advisor'] },
    links: [
      { text: 'Maintenance calendar', address: 'https://www.example.org/calendar' },
      { text: 'Continue', address: 'https://www.example.org/continue' },
    ],
  }),
  'interrupt-12-links': interrupt({
    application: { ...application, logo },
    principalId: 'student.of-the-faculty-of-agricultural-sciences',
    message: {
      text: {
        de: 'Ab dem Sommersemester hat jede Fakultät ihre eigene Anlaufstelle. Wählen Sie Ihre aus, um sich dort einzutragen, oder fahren Sie fort.',
        default: 'From the summer on each faculty has its own desk. Choose yours to enter your name there, or proceed.',
      },
      format: 'TEXT',
    },
    links:
      'Agrarwissenschaften,Bauingenieurwesen,Betriebswirtschaft,Erziehungswissenschaften,Geowissenschaften,Geschichte,Informatik,Materialwissenschaft und Werkstofftechnik,Mathematik,Medizin,Philosophie,Wirtschaftsingenieurwesen'
        .split(',')
        .map((text) => ({ text, address: `https://www.example.org/${text.toLowerCase().replaceAll(' ', '-')}` })),
  }),
  'interrupt-blocked': interrupt({
    blocked: true,
    message: {
      text: 'Your account has no verified address yet, so it cannot be used. Verify an address first, then log in again. It takes two minutes.',
      format: 'SAFE_HTML',
    },
    links: [
      { text: 'Verify my address', address: 'https://account.example.org/verify' },
      { text: 'Ask the service desk', address: 'https://desk.example.org/' },
    ],
  }),
  'interrupt-redirect': interrupt({
    application: { ...application, logo },
    message: {
      text: 'The terms of use have changed. Please read and accept them; afterwards you can log in as before.',
      format: 'SAFE_HTML',
    },
    redirect: { href: 'https://account.example.org/terms', seconds: 900 },
    links: [
      { text: 'Read the terms', address: 'https://account.example.org/terms' },
      { text: 'Download as PDF', address: 'https://account.example.org/terms.pdf' },
    ],
  }),
  'interrupt-unread': interrupt({
    message: {
      text: '## Rules of the house\n\nFrom now on:\n\n1. Lock your screen.\n2. Do not share your password, **not even** with us.\n\n> Whoever is unsure asks the [service desk](https://desk.example.org/).\n\n| floor | hours |\n| --- | --- |\n| first | 8 to 18 |',
      format: 'MARKDOWN',
    },
    acknowledge: 'required',
    unread: true,
  }),
  'account-disabled': state('accountdisabled'),
  'account-locked': state('accountlocked'),
  'password-expired': state('expiredpass'),
  'password-must-change': state('mustchangepass'),
  'bad-hours': state('badhours'),
  'bad-workstation': state('badworkstation'),
  'authentication-blocked': state('authnblocked'),
  'service-unregistered': service('screen.service.error.message', 'unregistered'),
  'service-expired': service('screen.service.expired.message', 'expired'),
  'service-required': {
    id: 'error/casServiceErrorView',
    props: { message: 'screen.service.required.message', reason: 'MISSING', service: '', redirectUrl: undefined },
  },
  'service-redirect': service('screen.service.error.message', 'disabled', 'https://www.example.org/closed?a=1'),
  'error-400': error(400),
  'error-401': error(401),
  'error-403': error(403),
  'error-404': error(404),
  'error-405': error(405),
  'error-413': error(413),
  'error-431': error(431),
  'error-500': error(500),
  'error-503': error(503),
  throttled: { id: 'error/casThrottledView', props: { status: 423, retryAtMs: Date.UTC(2026, 10, 24, 17, 26) } },
  'throttled-for-ever': { id: 'error/casThrottledView', props: { status: 423, retryAtMs: undefined } },
  busy: { id: 'error/casThrottledView', props: { status: 429, retryAtMs: undefined } },
  'logout-confirm': {
    id: 'logout/casConfirmLogoutView',
    props: {
      principalId: 'student1',
      applications: [
        { name: 'Student Records', url: 'https://records.example.org/' },
        { name: 'University Library', url: 'https://library.example.org/a/b' },
      ],
      service: undefined,
    },
  },
  'logout-confirm-nothing': { id: 'logout/casConfirmLogoutView', props: { principalId: undefined, applications: [], service: undefined } },
  'logout-propagation': {
    id: 'logout/casPropagateLogoutView',
    props: {
      applications: [
        { name: 'Student Records', service: 'https://records.example.org/', url: 'https://records.example.org/out?logoutRequest=fZ' },
        {
          name: 'Travel Expenses and Business Trip Applications',
          service: 'https://travel.example.org/',
          url: 'https://travel.example.org/out',
        },
      ],
      by: 'picture',
      redirectUrl: 'https://www.example.org/',
      refused: undefined,
    },
  },
  'logout-propagation-refused': {
    id: 'logout/casPropagateLogoutView',
    props: {
      applications: [
        { name: 'Student Records', service: 'https://records.example.org/', url: 'https://records.example.org/out?logoutRequest=fZ' },
      ],
      by: 'picture',
      redirectUrl: undefined,
      refused: { service: 'https://elsewhere.example.com/', reason: 'NOT_FOUND' },
    },
  },
  logout: { id: 'logout/casLogoutView', props: { redirectUrl: undefined } },
  'logout-onward': { id: 'logout/casLogoutView', props: { redirectUrl: 'https://www.example.org/' } },
  'oauth-approval': {
    id: 'protocol/oauth/confirm',
    props: {
      application: notes,
      principalId: 'student1',
      scopes: ['openid', 'profile', 'email', 'offline_access', 'urn:example:notes:write-to-all-notebooks-of-the-union-and-its-committees'],
      attributes: [
        { name: 'sub', values: ['student1'] },
        { name: 'affiliation', values: ['member', 'staff'] },
        { name: 'eduPersonEntitlement', values: ['https://terms.example.org/entitlements/library/electronic-journals/all-campuses'] },
      ],
      host: 'notes.example.org',
      rememberUntilMs: Date.UTC(2031, 5, 7),
      transaction: 'TX-3f9a',
      csrf: 'q8Zr0m2x',
    },
  },
  'oauth-approval-bare': {
    id: 'protocol/oauth/confirm',
    props: {
      application: { ...application, name: longName, description: undefined, informationUrl: undefined, privacyUrl: undefined },
      principalId: 'student1',
      scopes: [],
      attributes: [],
      host: 'notes.example.org',
      rememberUntilMs: undefined,
      transaction: 'TX-3f9a',
      csrf: 'q8Zr0m2x',
    },
  },
  'oauth-approvals': {
    id: 'protocol/oauth/approvals',
    props: {
      principalId: 'student1',
      applications: [
        { clientId: 'notes', name: 'Notes', logo: undefined, scopes: ['profile', 'email'], endsAtMs: Date.UTC(2031, 5, 7) },
        { clientId: 'x'.repeat(60), name: longName, logo: undefined, scopes: [], endsAtMs: Date.UTC(2031, 6, 7) },
      ],
      transaction: 'TX-3f9a',
      csrf: 'q8Zr0m2x',
    },
  },
  'oauth-approvals-none': {
    id: 'protocol/oauth/approvals',
    props: { principalId: 'student1', applications: [], transaction: undefined, csrf: 'q8Zr0m2x' },
  },
  device: { id: 'protocol/oauth/deviceCodeApproval', props: { ...deviceForm, userCode: 'K7RW-2QXM' } },
  'device-error': deviceError('cas.oauth.device.error.codenotfound'),
  'device-spent': deviceError('cas.oauth.device.error.codeapproved'),
  'device-confirm': deviceConfirm(['profile', 'compute']),
  'device-confirm-bare': deviceConfirm([], longName),
  'device-approved': deviceApproved(true),
  'device-approved-long': deviceApproved(true, longName),
  'device-denied': deviceApproved(false),
  'oauth-stale': { id: 'protocol/oauth/sessionStaleMismatchError', props: { restartUrl: '/cas/oauth2.0/authorize?client_id=web&state=a' } },
  'oauth-stale-bare': { id: 'protocol/oauth/sessionStaleMismatchError', props: { restartUrl: undefined } },
}

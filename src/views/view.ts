/** A text of the bundle with its arguments. Whatever is an argument is escaped. */
export interface Message {
  readonly key: string
  readonly args?: readonly string[]
}

/** What a page may say about the application one is on the way to; from its definition. */
export interface ApplicationProps {
  readonly name: string
  readonly description: string | undefined
  readonly logo: string | undefined
  readonly informationUrl: string | undefined
  readonly privacyUrl: string | undefined
  /** A definition that matches everything: the page says so (`#wildcardService`). */
  readonly wildcard: boolean
}

export interface FormState {
  readonly execution: string
}

export interface LoginProps extends FormState {
  readonly application: ApplicationProps | undefined
  readonly username: string
  /** Shown in `#loginErrorsPanel`, one `p` each. */
  readonly errors: readonly Message[]
  /** The fields that are wrong, for `aria-invalid` and focus. */
  readonly invalidFields: readonly ('username' | 'password' | 'source')[]
  /** `#existingSsoMsg`: a session exists but this application wants credentials. */
  readonly existingSession: { readonly principalId: string } | undefined
  /** A page that was too old has been answered with this fresh one. */
  readonly expiredNotice: boolean
  /** The page was reached over plain http, so single sign-on will not work. */
  readonly insecure: boolean
  readonly staticUsers: boolean
  readonly rememberMe: boolean
  readonly warn: boolean
  readonly publicWorkstation: boolean
  readonly sources: readonly string[]
  readonly customFields: readonly { readonly name: string; readonly labelKey: string; readonly required: boolean; readonly value: string }[]
  /** Parameters of a POST that began a conversation; put back as hidden inputs (login-flow.md 4.5). */
  readonly carried: readonly { readonly name: string; readonly value: string }[]
}

export interface SignedInProps {
  readonly principalId: string
  readonly principalAttributes: Readonly<Record<string, readonly (string | number | boolean)[]>>
  readonly authenticationAttributes: Readonly<Record<string, readonly (string | number | boolean)[]>>
  readonly authenticatedAtMs: number
  readonly endsAtMs: number
  readonly client: { readonly address: string; readonly userAgent: string }
  /** The user's applications; `undefined` unless `cas.view.authorized-services-on-successful-login`. */
  readonly applications:
    | readonly {
        readonly id: string
        readonly name: string
        readonly url: string | undefined
        readonly logo: string | undefined
        readonly open: boolean
      }[]
    | undefined
}

/** How a text of an operator is written (interrupt.md 5.6). */
export type TextFormat = 'SAFE_HTML' | 'TEXT' | 'MARKDOWN' | 'RAW_HTML'

/** A text of an operator that no bundle has: one for all languages, or one for each, `default` for the others. */
export type OperatorText = string | Readonly<Record<string, string>>

export interface InterruptProps extends FormState {
  readonly principalId: string
  readonly application: ApplicationProps | undefined
  /** Of the source, or a key of the bundle. */
  readonly message: { readonly text: OperatorText; readonly format: TextFormat } | { readonly code: string } | undefined
  /** In this order; `address` is what the page sends back. */
  readonly links: readonly { readonly text: OperatorText; readonly address: string }[]
  readonly data: Readonly<Record<string, readonly string[]>>
  /** The login ends here, only links lead on. */
  readonly blocked: boolean
  /** The SSO session exists: who is blocked may still go on to the page of the session. */
  readonly signedOn: boolean
  /** The page leads there by itself after so many seconds. */
  readonly redirect: { readonly href: string; readonly seconds: number } | undefined
  /** Whether there is a box "I have read this", and whether it has to be ticked. */
  readonly acknowledge: 'required' | 'offered' | 'no'
  /** It was not, and had to be. */
  readonly unread: boolean
  /** Which page of several in a row. */
  readonly position?: { readonly page: number; readonly of: number } | undefined
  /** Only to be looked at: marked as such, its buttons dead. */
  readonly preview?: boolean
}

export interface ApprovalProps {
  readonly application: ApplicationProps
  readonly principalId: string
  readonly scopes: readonly string[]
  /** What the client will be told of the user. */
  readonly attributes: readonly { readonly name: string; readonly values: readonly string[] }[]
  /** Where either answer leads. */
  readonly host: string
  /** Until when the answer may be remembered, if the user wants that; `undefined`: it is not offered. */
  readonly rememberUntilMs: number | undefined
  /** Hidden fields of the form. */
  readonly transaction: string
  readonly csrf: string
}

/** What one has allowed applications beyond the session. `transaction` only where no cookie keeps the session. */
export interface ApprovalsProps {
  readonly principalId: string
  readonly applications: readonly {
    readonly clientId: string
    readonly name: string
    readonly logo: string | undefined
    readonly scopes: readonly string[]
    readonly endsAtMs: number
  }[]
  readonly transaction: string | undefined
  readonly csrf: string
}

/** Hidden fields of the forms of a device; `transaction` only where no cookie keeps the session. */
export interface DeviceForm {
  readonly principalId: string
  /** `K7RW-2QXM`; what was typed where that is no code. */
  readonly userCode: string
  readonly transaction: string | undefined
  readonly csrf: string
}

export interface DeviceFormProps extends DeviceForm {
  readonly userCodeLength: number
  readonly error: Message | undefined
}

export interface DeviceConfirmProps extends DeviceForm {
  readonly application: ApplicationProps
  readonly askedAtMs: number
  /** Address of the device. */
  readonly askedFrom: string
  readonly scopes: readonly string[]
}

/** Type a code: `form#fm1` with `token`; where it was sent, `form#resendForm` with `_eventId=resend` (login-flow.md 7.4). */
export interface CodeProps extends FormState {
  readonly application: ApplicationProps | undefined
  readonly principalId: string
  /** Where it went; nowhere: it comes from something that the user has. */
  readonly recipients: readonly { readonly channel: 'sms' | 'mail'; readonly masked: string }[]
  readonly length: number
  readonly type: 'NUMERIC' | 'ALPHANUMERIC' | 'ALPHABETIC'
  /** What is left of its time; 0 when it is over. */
  readonly secondsLeft: number
  readonly error: Message | undefined
  /** Another one has just been sent. */
  readonly sentAgain: boolean
}

/** A code was sent in place of a password, if there is anybody of that name: the page says no more than was typed. */
export interface PasswordlessCodeProps
  extends FormState,
    Pick<CodeProps, 'application' | 'length' | 'secondsLeft' | 'error' | 'sentAgain'> {
  /** As it was typed. */
  readonly name: string
}

/** Every page of the server, by CAS's name of its view, with the data it needs. Steps choose one; only views/ knows markup. */
export type View =
  | { readonly id: 'login/casLoginView'; readonly props: LoginProps }
  /** The name first: `form#fm1` with `username`; nothing about passwords. */
  | { readonly id: 'passwordless/casPasswordlessGetUserIdView'; readonly props: LoginProps }
  /** Then the code: `form#fm1` with `token`; `form#resendForm`, `form#otherForm` with `_eventId=resend`, `other`. */
  | { readonly id: 'passwordless/casPasswordlessDisplayView'; readonly props: PasswordlessCodeProps }
  | { readonly id: 'login/casGenericSuccessView'; readonly props: SignedInProps }
  /** Asked to be warned: `form#fm1`, `_eventId=success`. */
  | {
      readonly id: 'login/casConfirmView'
      readonly props: FormState & {
        readonly application: ApplicationProps | undefined
        readonly host: string
        readonly releases: readonly string[]
      }
    }
  /** Authentication succeeded with warnings: `form#form`, `_eventId=proceed`. */
  | { readonly id: 'login/casLoginMessageView'; readonly props: FormState & { readonly warnings: readonly Message[] } }
  /** A notice of a source: `form#fm1` with `_eventId=proceed`, `form#formlinks` with `redirect`, `form#formstay` with `stay` (interrupt.md 5). */
  | { readonly id: 'interrupt/casInterruptView'; readonly props: InterruptProps }
  | { readonly id: 'simple-mfa/casSimpleMfaLoginView'; readonly props: CodeProps }
  /** Several phones or mailboxes: `form#fm1` with `recipient`, the place in the list. */
  | {
      readonly id: 'simple-mfa/casSimpleMfaChoiceView'
      readonly props: FormState & {
        readonly application: ApplicationProps | undefined
        readonly choices: readonly { readonly channel: 'sms' | 'mail'; readonly masked: string }[]
        readonly error: Message | undefined
      }
    }
  /** Neither, and one may be entered: `form#fm1` with `email`. */
  | {
      readonly id: 'simple-mfa/casSimpleMfaAddressView'
      readonly props: FormState & { readonly application: ApplicationProps | undefined; readonly error: Message | undefined }
    }
  /** No code could be sent; the login ends here. */
  | {
      readonly id: 'simple-mfa/casSimpleMfaUnableView'
      readonly props: {
        readonly application: ApplicationProps | undefined
        readonly reason: 'no-contact' | 'not-sent' | 'too-many'
      }
    }
  /** The second factor cannot be asked for, or none fits the user; the login ends here. */
  | { readonly id: 'mfa/casMfaUnavailableView'; readonly props: { readonly application: ApplicationProps | undefined } }
  | { readonly id: 'mfa/casMfaDeniedView'; readonly props: { readonly application: ApplicationProps | undefined } }
  /** Disabled, locked, expired, must change, bad hours, bad workstation, blocked (login-flow.md 8). `heading` and `message` are keys. */
  | {
      readonly id: 'login/accountStateView'
      readonly props: { readonly heading: string; readonly message: string; readonly principalId: string }
    }
  /** Hands the ticket over by a self-submitting form. */
  | {
      readonly id: 'protocol/casPostResponseView'
      readonly props: { readonly url: string; readonly fields: readonly { readonly name: string; readonly value: string }[] }
    }
  /** An OAuth client asks for approval: `form#fm1` to `/oauth2.0/authorize` with `transaction`, `csrf` and `allow` or `deny` (oauth.md 6, login-flow.md 11.1). */
  | { readonly id: 'protocol/oauth/confirm'; readonly props: ApprovalProps }
  /** What was allowed beyond the session: a form each to `/oauth2.0/approvals` with `csrf` and `client`. */
  | { readonly id: 'protocol/oauth/approvals'; readonly props: ApprovalsProps }
  /** Enter the code of a device: `form#fm1` to `/oauth2.0/device`, field `usercode` (login-flow.md 11.2). */
  | { readonly id: 'protocol/oauth/deviceCodeApproval'; readonly props: DeviceFormProps }
  /** Decide about it: the same form with `allow` or `deny`. */
  | { readonly id: 'protocol/oauth/deviceCodeConfirm'; readonly props: DeviceConfirmProps }
  /** The device may go on, or was turned away. */
  | {
      readonly id: 'protocol/oauth/deviceCodeApproved'
      readonly props: { readonly application: ApplicationProps; readonly allowed: boolean }
    }
  /** A login came back that did not begin in this browser, or too late (login-flow.md 11.3). `restartUrl`: a path of this server. */
  | { readonly id: 'protocol/oauth/sessionStaleMismatchError'; readonly props: { readonly restartUrl: string | undefined } }
  /** Not registered, disabled, expired …; `redirectUrl` from the definition only. */
  | {
      readonly id: 'error/casServiceErrorView'
      readonly props: {
        readonly message: string
        readonly reason: string
        readonly service: string
        readonly redirectUrl: string | undefined
      }
    }
  /** 400, 401, 403, 404, 405, 413, 500, 503 … */
  | { readonly id: 'error/casErrorView'; readonly props: { readonly status: number } }
  /** 423 and 429. */
  | { readonly id: 'error/casThrottledView'; readonly props: { readonly status: 423 | 429; readonly retryAtMs: number | undefined } }
  | {
      readonly id: 'logout/casConfirmLogoutView'
      readonly props: {
        readonly principalId: string | undefined
        readonly applications: readonly { readonly name: string; readonly url: string }[]
        readonly service: string | undefined
        /** Name of the parameter in which `service` came and goes on; absent: `service`. */
        readonly parameter?: string
      }
    }
  | {
      /** The browser tells applications that only it can tell (cas-protocol.md 11.4). */
      readonly id: 'logout/casPropagateLogoutView'
      readonly props: {
        readonly applications: readonly { readonly name: string; readonly service: string; readonly url: string }[]
        readonly by: 'picture' | 'frame'
        readonly redirectUrl: string | undefined
        /** The address that the logout was to lead to, where it is refused. */
        readonly refused: { readonly service: string; readonly reason: string } | undefined
      }
    }
  | { readonly id: 'logout/casLogoutView'; readonly props: { readonly redirectUrl: string | undefined } }

/** What every page knows of the request it answers. */
export interface PageContext {
  readonly locale: string
  readonly theme: string
  readonly nonce: string
  readonly requestId: string
  readonly nowMs: number
  /** For the links of the language menu: path and query of this page without `locale`. */
  readonly here: string
}

export interface RenderedPage {
  readonly html: string
  /** `script-src` and the like for this page, and `Refresh`. Joined with the common headers. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Views {
  render(view: View, context: PageContext): RenderedPage
  /** The same for `Accept: application/json`: the view's id and props, texts resolved. */
  json(view: View, context: PageContext): Readonly<Record<string, unknown>>
  /** Which language: `locale` parameter, cookie, definition, `Accept-Language`, default (login-flow.md 13). */
  chooseLocale(wishes: {
    readonly parameter?: string | undefined
    readonly cookie?: string | undefined
    readonly service?: string | undefined
    readonly acceptLanguage?: string | undefined
  }): string
  chooseTheme(wishes: { readonly parameter?: string | undefined; readonly service?: string | undefined }): string
  /** Resolves a message in a language; the key itself when nobody knows it. */
  text(message: Message, locale: string): string
  /** Switches of the theme, e.g. `cas.warn-on-redirect.enabled`. */
  themeFlag(theme: string, key: string): boolean
}

import type { Pages } from '../page.ts'
import { accountState } from './account-state.ts'
import { error } from './error.ts'
import { interrupt } from './interrupt.ts'
import { login, userName } from './login.ts'
import { loginWarnings } from './login-warnings.ts'
import { logout } from './logout.ts'
import { logoutConfirm } from './logout-confirm.ts'
import { logoutPropagation } from './logout-propagation.ts'
import { mfaAddress, mfaChoice, mfaCode, passwordlessCode } from './mfa-code.ts'
import { mfaDenied, mfaUnable, mfaUnavailable } from './mfa-end.ts'
import { oauthApproval } from './oauth-approval.ts'
import { oauthApprovals } from './oauth-approvals.ts'
import { deviceApproved, deviceCode, deviceConfirm } from './oauth-device.ts'
import { oauthStale } from './oauth-stale.ts'
import { postResponse } from './post-response.ts'
import { serviceError } from './service-error.ts'
import { signedIn } from './signed-in.ts'
import { throttled } from './throttled.ts'
import { warn } from './warn.ts'

/** Every page, by the name that CAS gives its view. */
export const pages: Pages = {
  'login/casLoginView': login,
  'passwordless/casPasswordlessGetUserIdView': userName,
  'passwordless/casPasswordlessDisplayView': passwordlessCode,
  'login/casGenericSuccessView': signedIn,
  'login/casConfirmView': warn,
  'login/casLoginMessageView': loginWarnings,
  'interrupt/casInterruptView': interrupt,
  'simple-mfa/casSimpleMfaLoginView': mfaCode,
  'simple-mfa/casSimpleMfaChoiceView': mfaChoice,
  'simple-mfa/casSimpleMfaAddressView': mfaAddress,
  'simple-mfa/casSimpleMfaUnableView': mfaUnable,
  'mfa/casMfaUnavailableView': mfaUnavailable,
  'mfa/casMfaDeniedView': mfaDenied,
  'login/accountStateView': accountState,
  'protocol/casPostResponseView': postResponse,
  'protocol/oauth/confirm': oauthApproval,
  'protocol/oauth/approvals': oauthApprovals,
  'protocol/oauth/deviceCodeApproval': deviceCode,
  'protocol/oauth/deviceCodeConfirm': deviceConfirm,
  'protocol/oauth/deviceCodeApproved': deviceApproved,
  'protocol/oauth/sessionStaleMismatchError': oauthStale,
  'error/casServiceErrorView': serviceError,
  'error/casErrorView': error,
  'error/casThrottledView': throttled,
  'logout/casConfirmLogoutView': logoutConfirm,
  'logout/casPropagateLogoutView': logoutPropagation,
  'logout/casLogoutView': logout,
}

import type { Outcome, Step } from '../../login.ts'

/** "Your password expires in 3 days": shown once, after the session is made and before its cookie is sent (login-flow.md 7.3). */
export const passwordWarningsStep: Step = {
  id: 'password-warnings',
  async enter(login): Promise<Outcome> {
    const warnings = login.session?.authentication.warnings ?? []
    if (warnings.length === 0) return { kind: 'pass' }
    return { kind: 'ask', view: (execution) => ({ id: 'login/casLoginMessageView', props: { execution, warnings } }) }
  },
  async submit(login, event): Promise<Outcome> {
    return event.id === 'proceed' ? { kind: 'pass' } : this.enter(login)
  },
}

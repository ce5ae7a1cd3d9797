import { choiceOf, integerOf, objectsOf } from '../definitions/members.ts'
import { type AccessQuestion, type AccessRefusal, type AccessStrategy, type AccessStrategyPlug, closed } from './access-strategy.ts'
import { redirectTo } from './redirect.ts'

/** Several strategies in their order, all of which must agree, or one of which is enough (services.md 11.2). */
export const chainingStrategy = {
  type: 'ChainingRegisteredServiceAccessStrategy',
  build(members, context): AccessStrategy {
    const every = choiceOf(members, 'operator', ['AND', 'OR'], 'AND') === 'AND'
    const links = objectsOf(members, 'strategies')
      .map((strategy) => context.build(strategy))
      .sort((one, other) => one.order - other.order)
    if (links.length === 0) {
      context.report('error', 'the chain of access strategies is empty; the application is closed', 'strategies')
      return closed
    }
    /** With AND the first no counts; with OR the last one, and only if there is no yes. */
    const authorize: AccessStrategy['authorize'] = async (principal, reference) => {
      let last: string | undefined
      for (const link of links) {
        last = await link.authorize(principal, reference)
        if (every === (last !== undefined)) return last
      }
      return last
    }
    /** A rule about the client is not asked at validation: it must not hide another refusal there, nor be hidden where it alone may have let somebody in. */
    const judge = (answers: readonly (AccessRefusal | undefined)[]) => {
      const refusals = answers.filter((refusal) => refusal !== undefined)
      if (every ? refusals.length === 0 : refusals.length < links.length) return undefined
      return refusals.find((refusal) => (refusal === 'client-not-allowed') !== every) ?? refusals[0]
    }
    const admits: AccessStrategy['admits'] = (question) => {
      const answers = links.map((link) => link.admits(question))
      return answers.some((answer) => answer instanceof Promise)
        ? Promise.all(answers).then(judge)
        : judge(answers as (AccessRefusal | undefined)[])
    }
    const ssoAnswer = async (question: AccessQuestion) => {
      const answers = await Promise.all(links.map((link) => link.ssoAnswer?.(question) ?? link.ssoAllowed))
      return every ? answers.every(Boolean) : answers.some(Boolean)
    }
    return {
      order: integerOf(members, 'order') ?? 0,
      ssoAllowed: every ? links.every((link) => link.ssoAllowed) : links.some((link) => link.ssoAllowed),
      ...redirectOf([redirectTo(members, context), ...links]),
      admits,
      authorize,
      ...(links.some((link) => link.ssoAnswer) ? { ssoAnswer } : {}),
    }
  },
} satisfies AccessStrategyPlug

/** The first that says where to go; else the first script that is asked. */
function redirectOf(all: readonly Redirect[]): Redirect {
  const asked = all.find((one) => one.redirectAnswer)
  return {
    unauthorizedRedirectUrl: all.find((one) => one.unauthorizedRedirectUrl !== undefined)?.unauthorizedRedirectUrl,
    ...(asked?.redirectAnswer ? { redirectAnswer: asked.redirectAnswer } : {}),
  }
}

type Redirect = Pick<AccessStrategy, 'unauthorizedRedirectUrl' | 'redirectAnswer'>

import { choice, cryptoBlock, duration, flag, group, type Infer, mapOf, optional, regex, text } from '../base/schema.ts'

export const flowConfig = group({
  cas: group({
    webflow: group({
      crypto: cryptoBlock({ enabled: true, encryptionKeySize: 16, alg: 'AES', formerlyBelow: 'cas.webflow' }),
      session: group({
        pinToSession: flag(false, 'Whether a login conversation is bound to the address and user agent it began with.'),
      }),
    }),
    sso: group({
      services: group({
        requiredServicePattern: optional(
          regex('', 'Pattern of the services one of which a session must have visited before any other.', {
            formerly: ['cas.sso.requiredServicePattern'],
          }),
        ),
      }),
    }),
    view: group({
      customLoginFormFields: mapOf(
        group({
          messageBundleKey: optional(text('', 'Key of the label of the field.')),
          required: flag(true, 'Whether the field must be filled in.'),
        }),
        'Further fields of the login form, by name.',
      ),
    }),
  }),
  castellan: group({
    login: group({
      maxTimeToLive: duration('PT30M', 'Life of a login conversation while nobody is authenticated, renewed at each step.'),
      authenticatedMaxTimeToLive: duration('PT10M', 'Life of a login conversation once a principal is in it, renewed at each step.'),
      inFlowRefusalStatus: choice(['200', '403'], '200', 'Status of the refusal page inside a running login; 200 as CAS.'),
      pinToBrowser: flag(true, 'Whether a login conversation is bound to the browser it began in, by the cookie CASFLOW.'),
      uniformFailureMessage: flag(true, 'Whether an unknown user and a wrong password get the same text.'),
      steps: mapOf(group({ enabled: flag(true, 'Whether the step takes part in the login.') }), 'Steps of the login, by id.'),
    }),
  }),
})
export type FlowConfig = Infer<typeof flowConfig>

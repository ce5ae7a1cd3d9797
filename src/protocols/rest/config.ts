import { flag, group, type Infer } from '../../base/schema.ts'

export const restConfig = group({
  casFeatureModule: group({
    restProtocol: group({
      enabled: flag(false, 'Whether `/v1/tickets` and `/v1/users` answer: logins by programs that hold the password.', { restart: true }),
    }),
  }),
})
export type RestConfig = Infer<typeof restConfig>

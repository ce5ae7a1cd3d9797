import { choice, flag, group, type Infer, int, mapOf, optional, text, texts } from '../base/schema.ts'

const visibility = ['never', 'when-authorized', 'always'] as const

export const managementConfig = group({
  management: group({
    endpoints: group({
      web: group({ basePath: text('/actuator', 'Path of the management endpoints below the context path.', { restart: true }) }),
    }),
    endpoint: group({
      health: group({
        enabled: flag(true, 'Whether the health of the server can be asked for, by everybody.'),
        showDetails: choice(visibility, 'never', 'Who sees what each part says about itself.'),
        showComponents: optional(choice(visibility, 'never', 'Who sees the state of each part; not set: who sees the details.')),
        probes: group({
          enabled: flag(true, 'Whether there are `liveness` and `readiness` below the health.'),
          addAdditionalPaths: flag(false, 'Whether they can be asked for as `/livez` and `/readyz` too.', { restart: true }),
        }),
        status: group({
          order: texts(
            ['DOWN', 'OUT_OF_SERVICE', 'WARN', 'UNKNOWN', 'UP'],
            'The first of these states that a part is in is that of the server. CAS has WARN first, which hides DOWN.',
          ),
          httpMapping: mapOf(
            int(200, 'HTTP status for the state.', { min: 100, max: 599 }),
            'HTTP status by state; without: 503 for DOWN and OUT_OF_SERVICE.',
          ),
        }),
      }),
    }),
    health: group({ ping: group({ enabled: flag(true, 'Whether the part `ping`, which is always up, is shown.') }) }),
  }),
})
export type ManagementConfig = Infer<typeof managementConfig>

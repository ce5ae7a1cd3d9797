import { choice, flag, group, type Infer, texts } from '../../base/schema.ts'

export const casProtocolConfig = group({
  casFeatureModule: group({
    cas: group({ enabled: flag(true, 'Whether the validation endpoints of CAS 1.0, 2.0 and 3.0 answer.') }),
  }),
  cas: group({
    view: group({
      cas1: group({
        attributeRendererType: choice(
          ['DEFAULT', 'VALUES_PER_LINE'],
          'DEFAULT',
          'Whether /validate appends the attributes, one `name=v1,v2` a line.',
        ),
      }),
      cas2: group({ v3ForwardCompatible: flag(true, 'Whether /serviceValidate and /proxyValidate carry attributes as /p3 does.') }),
      cas3: group({
        attributeRendererType: choice(
          ['DEFAULT', 'INLINE'],
          'DEFAULT',
          'How attributes stand in XML: an element of their name, or `<cas:attribute name="…" value="…">`.',
        ),
      }),
    }),
    authn: group({
      authenticationAttributeRelease: group({
        enabled: flag(true, 'Whether validation answers carry facts of the login (`authenticationDate` …).', {
          formerly: ['cas.authn.releaseProtocolAttributes'],
        }),
        onlyRelease: texts(
          [],
          'If not empty, only these facts of the login; facts of the client (`clientIpAddress` …) go out only if named here.',
        ),
        neverRelease: texts([], 'Facts of the login that never go out.'),
      }),
    }),
  }),
  castellan: group({
    validation: group({
      jsonUnwrapSingleValues: flag(false, 'Whether a JSON answer has a single value instead of a list of one.'),
      strictServiceComparison: flag(false, 'Whether path and query of the service are compared exactly at validation; CAS ignores case.'),
    }),
  }),
})
export type CasProtocolConfig = Infer<typeof casProtocolConfig>

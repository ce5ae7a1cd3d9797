import { textMapOf } from '../definitions/members.ts'
import { put, type Released, type ReleasePolicyPlug } from './release-policy.ts'

/** Variables of the server's environment, under the names given. There are no system properties without a JVM. */
export const returnEnvironment = {
  type: 'ReturnEnvironmentAttributeReleasePolicy',
  build(members, { environment, report }) {
    if (Object.keys(textMapOf(members, 'systemProperties')).length > 0) {
      report('warning', 'there are no Java system properties here; they are not released', 'systemProperties')
    }
    const constants: Released = new Map()
    for (const [variable, names] of Object.entries(textMapOf(members, 'environmentVariables'))) {
      const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined
      if (value !== undefined) for (const name of names.length > 0 ? names : [variable]) put(constants, name, [value])
    }
    return () => constants
  },
} satisfies ReleasePolicyPlug

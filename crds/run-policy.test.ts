import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../src/lib/kubernetes.ts'
import { kindDefinitions, renderDefinition, renderDefinitions } from './definitions.ts'
import { keptAnnotations } from './kept.ts'
import { pipelineRun } from './pipeline-run.ts'
import { fixedFields } from './run-changes.ts'
import { renderRunPolicy, runPolicyName } from './run-policy.ts'
import { type CelRule, type SchemaNode, toNode } from './schema.ts'
import { oldServer, type ServerAbilities, toAbilities } from './server-abilities.ts'

interface Definition {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: SchemaNode } }[] }
}
interface Validation {
  readonly expression: string
  readonly message: string
  readonly reason: string
}

const run = kindDefinitions.filter(({ kind }) => kind === 'PipelineRun')
/** Rules of a run's spec, in the definition for such a server. */
const listSpecRules = (abilities?: ServerAbilities): readonly CelRule[] =>
  run.flatMap((definition) => {
    const { spec } = renderDefinition(definition, abilities) as Definition
    return spec.versions.flatMap(
      ({ schema }) => schema.openAPIV3Schema.properties?.['spec']?.['x-kubernetes-validations'] ?? [],
    )
  })
const [policy, binding] = renderRunPolicy() as readonly { readonly spec?: Record<string, unknown> }[]
const validations = (policy?.spec?.['validations'] ?? []) as readonly Validation[]
const isTransition = ({ rule }: CelRule) => rule.includes('oldSelf')

describe('how a run may change', () => {
  it('is said by the policy where the server knows policies, and by the definition where not: the same, in the same order', () => {
    const ofPolicy = validations.map(({ expression, message }) => ({ rule: expression, message }))
    const ofDefinition = listSpecRules(oldServer)
      .filter(isTransition)
      .map(({ rule, message }) => ({
        rule: rule.replaceAll(/\bself\b/g, 'object.spec').replaceAll(/\boldSelf\b/g, 'oldObject.spec'),
        message,
      }))
    expect(ofPolicy).toEqual(ofDefinition)
    expect(listSpecRules().filter(isTransition)).toEqual([])
    expect(listSpecRules()).toEqual(listSpecRules(oldServer).filter((rule) => !isTransition(rule)))
  })

  it('covers every field of the spec but those that people and c8s add to later', () => {
    const fields = Object.keys(toNode(pipelineRun).properties?.['spec']?.properties ?? {})
    const later = ['approvals', 'approvalRecords', 'approvedCommit', 'approvedBy', 'cancel', 'cancelledBy']
    expect([...fixedFields, ...later].toSorted()).toEqual(fields.toSorted())
    for (const field of fixedFields) {
      const own = validations.filter(({ message }) => message === `${field} cannot be changed: create another run`)
      expect(own).toHaveLength(1)
    }
  })

  it('is refused as Invalid, for updates of runs alone', () => {
    expect(new Set(validations.map(({ reason }) => reason))).toEqual(new Set(['Invalid']))
    expect(policy?.spec).toMatchObject({
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [{ operations: ['UPDATE'], resources: ['pipelineruns'] }] },
    })
    expect(binding?.spec).toEqual({ policyName: runPolicyName, validationActions: ['Deny'] })
  })
})

it.each([
  ['v1.29.4', 3],
  ['v1.30.0', 5],
])('%s is given %i objects, and none that a tool prunes', (version, count) => {
  const objects = renderDefinitions(toAbilities(version)) as readonly KubeObject[]
  expect(objects).toHaveLength(count)
  for (const { metadata } of objects) expect(metadata.annotations).toEqual(keptAnnotations)
})

import { describe, expect, it } from 'vitest'
import { definition, healthy, now, policy, policyBinding, stored, value } from '../../../test/helpers/doctor-facts.ts'
import type { DoctorFacts, PolicyObject } from './facts.ts'
import { judgeFacts } from './registry.ts'

const onServer = (gitVersion: string) => ({ server: value({ gitVersion, date: now, askedAt: now }) })
const withSpec = (object: PolicyObject, spec: object): PolicyObject => ({
  ...object,
  spec: { ...object.spec, ...spec },
})
const never = { matchConditions: [{ name: 'never', expression: 'false' }] }
const otherSchema = {
  ...definition,
  spec: { ...definition.spec, versions: [{ name: 'v1alpha1', schema: { type: 'string' } }] },
}

/** What one check says of an installation that is healthy but for this. */
const see = (change: Partial<DoctorFacts>, check: string) =>
  judgeFacts({ ...healthy, ...change })
    .filter((each) => each.check === check)
    .map(({ level, message, remedy = '' }) => `${level}: ${message} -> ${remedy}`)

describe('what was added so that less is asked or kept', () => {
  it.each<readonly [string, PolicyObject, PolicyObject, string]>([
    [
      'a condition of the policy',
      withSpec(policy, never),
      policyBinding,
      'ValidatingAdmissionPolicy "c8s-run-changes" has another matchConditions',
    ],
    [
      'a parameter',
      withSpec(policy, { paramKind: { kind: 'ConfigMap' } }),
      policyBinding,
      'ValidatingAdmissionPolicy "c8s-run-changes" has another paramKind',
    ],
    [
      'namespaces of the binding',
      policy,
      withSpec(policyBinding, { matchResources: {} }),
      'ValidatingAdmissionPolicyBinding "c8s-run-changes" has another matchResources',
    ],
  ])('%s is told, with what takes it away', (_name, ...[one, other, words]) => {
    expect(see({ runPolicy: value([one, other]) }, 'run-policy')).toEqual([
      `error: ${words} -> kubectl replace -f deploy/crds.yaml`,
    ])
  })

  it('a condition of a webhook is told, with what takes it away', () => {
    expect(see({ configurations: value([stored(never)]) }, 'webhooks')).toEqual([
      'error: MutatingWebhookConfiguration "c8s": inject.c8s.dev has another matchConditions -> kubectl replace -f deploy/install.yaml',
    ])
  })
})

describe('a server before 1.30', () => {
  const old = onServer('v1.29.4')
  const apply = 'kubectl apply --server-side --force-conflicts -f deploy/crds-1.28.yaml'

  it('is not to be given a policy, which it refuses, but the rules', () => {
    expect(see({ ...old, runPolicy: value([]) }, 'run-policy')).toEqual([
      `error: the definition of runs has not the rules that keep their spec: while the webhooks are down, whoever may write runs can change their plan -> ${apply}`,
    ])
  })

  it('is given the CRDs that it takes', () => {
    expect(see({ ...old, definitions: value([otherSchema]) }, 'definitions')).toEqual([
      expect.stringMatching(
        /another schema .* -> apply the CRDs of the version that runs: kubectl .* -f deploy\/crds-1\.28\.yaml$/,
      ),
    ])
    expect(see({ definitions: value([otherSchema]) }, 'definitions')).toEqual([
      expect.stringMatching(/--force-conflicts -f deploy\/crds\.yaml$/),
    ])
  })
})

import type { KubeObject } from '../src/lib/kubernetes.ts'
import { keptAnnotations } from './kept.ts'
import { apiVersion, labels } from './labels.ts'
import { listChangeRules } from './run-changes.ts'

/** Of the policy and of its binding. Users read it in refusals. */
export const runPolicyName = 'c8s-run-changes'

const [group = '', version = ''] = apiVersion.split('/')

/** Updates of runs, but not of their status: a write of the status cannot change the spec. */
const matchConstraints = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: [
    {
      apiGroups: [group],
      apiVersions: [version],
      operations: ['UPDATE'],
      resources: ['pipelineruns'],
      scope: 'Namespaced',
    },
  ],
} as const

/**
 * The ValidatingAdmissionPolicy that keeps the spec of runs, and what puts it in force: the API server judges by it alone, so it holds
 * while the webhooks are down. Every field is given, also where it is the default: GitOps tools would show the difference for ever.
 */
export function renderRunPolicy(): readonly KubeObject[] {
  const head = { apiVersion: 'admissionregistration.k8s.io/v1' }
  const metadata = { name: runPolicyName, labels: { [labels.partOf]: 'c8s' }, annotations: keptAnnotations }
  const rules = listChangeRules({ spec: 'object.spec', old: 'oldObject.spec' })
  const validations = rules.map(({ rule, message }) => ({ expression: rule, message, reason: 'Invalid' }))
  const spec = { failurePolicy: 'Fail', matchConstraints, validations }
  const binding = { policyName: runPolicyName, validationActions: ['Deny'] }
  return [
    { ...head, kind: 'ValidatingAdmissionPolicy', metadata, spec } as KubeObject,
    { ...head, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: binding } as KubeObject,
  ]
}

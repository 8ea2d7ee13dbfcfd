import { describe, expect, test } from 'vitest'
import { isRecord } from '../../crds/inspect.ts'
import { c8sUser, podNames } from '../../crds/labels.ts'
import { aStepPod } from '../../test/helpers/step-pod.ts'
import { renderInstall } from './manifests.ts'
import { profiles } from './profiles.ts'
import type { InstallOverrides } from './values/values.ts'

interface Container {
  readonly name: string
  readonly image: string
  readonly resources: { readonly requests?: Readonly<Record<string, string>> }
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly securityContext: unknown
}
interface PodSpec {
  readonly securityContext: unknown
  readonly containers: readonly Container[]
  readonly volumes?: readonly object[]
  readonly topologySpreadConstraints: readonly { readonly topologyKey: string; readonly whenUnsatisfiable: string }[]
  readonly priorityClassName?: string
}
interface Workload {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly replicas: number
    readonly template: { readonly metadata: unknown; readonly spec: PodSpec }
  }
}
interface Policy {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly podSelector: { readonly matchLabels: unknown }
    readonly policyTypes: readonly string[]
    readonly ingress: readonly { readonly from?: unknown; readonly ports: readonly { readonly port: number }[] }[]
    readonly egress?: unknown
  }
}

const ofKind = (kind: string, overrides: InstallOverrides = {}): unknown =>
  renderInstall(overrides).filter((object) => object.kind === kind)
const listDeployments = (overrides?: InstallOverrides) => ofKind('Deployment', overrides) as readonly Workload[]
const listPolicies = (overrides?: InstallOverrides) => ofKind('NetworkPolicy', overrides) as readonly Policy[]
const all = [{ name: 'default', overrides: {} }, ...profiles]

describe.each([...all])('with the settings $name', ({ overrides }) => {
  const deployments = listDeployments(overrides)

  test.each([...deployments])(
    '$metadata.name meets Pod Security restricted, and asks for what it needs',
    ({ spec }) => {
      const { containers, volumes = [], ...pod } = spec.template.spec
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(name)
      expect(volumes.every((volume) => 'emptyDir' in volume)).toBe(true)
      for (const { securityContext, resources } of containers) {
        const wanted = {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        }
        expect(securityContext).toEqual(wanted)
        expect(Object.keys(resources.requests ?? {}).toSorted()).toEqual(['cpu', 'memory'])
      }
    },
  )

  test('every workload has a budget that lets nodes be drained', () => {
    const budgets = (ofKind('PodDisruptionBudget', overrides) as readonly { readonly spec: unknown }[]).map(
      ({ spec }) => spec,
    )
    expect(budgets).toEqual(
      deployments.map(({ spec }) => ({
        maxUnavailable: 1,
        selector: { matchLabels: isRecord(spec.template.metadata) ? spec.template.metadata['labels'] : undefined },
      })),
    )
  })

  test('only the ports of the container are open, to anybody', () => {
    const policies = listPolicies(overrides)
    expect(policies.map(({ metadata }) => metadata.name)).toEqual(deployments.map(({ metadata }) => metadata.name))
    const open = policies.map(({ spec }) =>
      spec.ingress.map(({ from, ports }) => [from, ports.map(({ port }) => port)]),
    )
    const ports = deployments.map(({ spec }) => spec.template.spec.containers.map((one) => one.ports))
    expect(open).toEqual(ports.map(([own = []]) => [[undefined, own.map(({ containerPort }) => containerPort)]]))
    expect(policies.every(({ spec }) => spec.egress === undefined && !spec.policyTypes.includes('Egress'))).toBe(true)
  })
})

test('the controller is reached by probes alone', () => {
  const [policy] = listPolicies().filter(({ metadata }) => metadata.name === 'c8s-controller')
  expect(policy?.spec.ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 8080 }] }])
})

test('where egress is given it is for admission alone', () => {
  const rules = [{ ports: [{ port: 6443 }] }]
  const limited = listPolicies({ networkPolicies: { admissionEgress: rules } })
  const seen = limited.map(({ spec }) => [spec.policyTypes, spec.egress])
  expect(seen).toEqual([
    [['Ingress', 'Egress'], rules],
    [['Ingress'], undefined],
    [['Ingress'], undefined],
  ])
})

test('high availability puts no two replicas on one node, and goes before steps', () => {
  const { overrides = {} } = profiles.find(({ name }) => name === 'high-availability') ?? {}
  for (const { spec } of listDeployments(overrides)) {
    expect(spec.replicas).toBeGreaterThan(1)
    const [nodes] = spec.template.spec.topologySpreadConstraints
    expect(nodes).toMatchObject({ topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' })
    expect(spec.template.spec.priorityClassName).toBe('c8s')
  }
  expect(
    (ofKind('PriorityClass', overrides) as readonly { readonly value: number }[]).map(({ value }) => value),
  ).toEqual([1_000_000])
})

test('no setting makes caBundle part of what is applied', () => {
  for (const { overrides } of all) expect(JSON.stringify(renderInstall(overrides))).not.toContain('caBundle')
})

test('what is injected into steps meets Pod Security restricted, too', () => {
  const { containers, initContainers = [] } = aStepPod()
  const own = [...initContainers, ...containers].filter(({ name }) => name !== podNames.stepContainer)
  expect(own.map(({ name }) => name)).toContain(podNames.shipContainer)
  for (const { securityContext } of own) {
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: c8sUser,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    })
  }
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { fixedFields } from '../../crds/run-changes.ts'
import { runPolicyName } from '../../crds/run-policy.ts'
import { type KubectlTarget, kubectl } from '../../deploy/install/kubectl.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { openConnection } from '../../src/kube/connection.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { startTestApiServer } from '../helpers/api-server.ts'
import { eventually } from '../helpers/eventually.ts'
import { event, pipeline, rejectedRun, run } from '../helpers/manifests/manifest.ts'
import { serveDefinitions } from '../helpers/run-policy.ts'

type Json = Readonly<Record<string, unknown>>
type Fixed = (typeof fixedFields)[number]

const type = resourceTypes.pipelineRun
const denied = `ValidatingAdmissionPolicy '${runPolicyName}' with binding '${runPolicyName}' denied request: `

const aStep = (i: number, image = 'golang:1.21'): Json => ({
  name: `s${i}`,
  image,
  commands: ['echo one', 'echo two'],
  env: [{ name: 'STEP', value: String(i) }],
  dependsOn: i === 0 ? [] : [`s${i - 1}`],
  timeoutSeconds: 600,
})

/** A plan of so many steps. */
const aPlan = (count: number, image?: string): Json => ({
  repository: 'https://git.example/org/app',
  timeoutSeconds: 3600,
  clone: { depth: 1, submodules: false },
  steps: Array.from({ length: count }, (_, i) => aStep(i, image)),
})

/** Two values of each field that a run keeps. */
const values: Readonly<Record<Fixed, readonly [unknown, unknown]>> = {
  pipelineConfigRef: ['app', 'other'],
  pipelineSpec: [pipeline(), pipeline({ repository: 'https://git.example/org/other' })],
  commit: ['abc123def456', 'abc123def457'],
  branch: ['main', 'other'],
  tag: ['v1', 'v2'],
  matrixIndex: [{ os: 'linux' }, { os: 'linux', arch: 'arm' }],
  params: [{ target: 'a' }, { target: 'b' }],
  priorityClassName: ['high', 'low'],
  rerunOf: [{ run: 'before' }, { run: 'before', from: 'Failed' }],
  parent: [
    { name: 'caller', uid: 'u', step: 'a' },
    { name: 'caller', uid: 'u', step: 'b' },
  ],
  event: [event(), event({ pipeline: 'other' })],
  rejected: [
    { reason: 'Invalid', message: 'no' },
    { reason: 'Invalid', message: 'yes' },
  ],
  triggeredBy: ['alice', 'bob'],
  triggeredAt: ['2026-11-21T10:00:00Z', '2026-11-21T10:00:01Z'],
  plan: [aPlan(2), aPlan(2, 'golang:1.22')],
}
const needed: readonly Fixed[] = ['pipelineConfigRef', 'pipelineSpec', 'rejected', 'commit']

/** A run without webhooks, in a place of its own. */
function openPlace(api: KubeApi, namespace: string) {
  const refusal = (patch: Promise<unknown>) =>
    patch.then(
      () => 'accepted',
      (error: unknown) => (error instanceof KubeError ? `${error.status} ${error.detail}` : String(error)),
    )
  return {
    async makeRun(name: string, manifest: string) {
      const object = JSON.parse(manifest) as KubeObject
      const key = { name, namespace }
      const made = await api.create<PipelineRun>(type, { ...object, metadata: { ...key } } as PipelineRun)
      return {
        made,
        patch: (spec: Json) => refusal(api.patch(type, key, { spec })),
        tryPatch: (spec: Json) => refusal(api.patch(type, key, { spec }, { dryRun: true })),
        annotate: (annotations: Json) => refusal(api.patch(type, key, { metadata: { annotations } })),
        patchStatus: (status: Json) => refusal(api.patch(type, key, { status }, { subresource: 'status' })),
      }
    },
  }
}
type Place = ReturnType<typeof openPlace>

function manifestWith(field: Fixed, value: unknown): string {
  if (field === 'pipelineSpec') return run({ pipelineConfigRef: undefined, pipelineSpec: value })
  return field === 'rejected' ? rejectedRun({ rejected: value }) : run({ [field]: value })
}

let place: Place
let close: () => Promise<void>
beforeAll(async () => {
  const connection = await openConnection(process.env)
  const api = createKubeClient(connection)
  const { metadata } = await api.create<KubeObject>(resourceTypes.namespace, {
    metadata: { generateName: 'c8s-run-policy-' },
  })
  const namespace = metadata.name ?? ''
  place = openPlace(api, namespace)
  close = async () => {
    await api.remove(resourceTypes.namespace, { name: namespace })
    connection.close()
  }
})
afterAll(() => close())

describe('a run keeps, without webhooks,', () => {
  it.each(fixedFields)('%s', async (field) => {
    const [value, other] = values[field]
    const words = `${denied}${field} cannot be changed: create another run`
    const has = await place.makeRun(`has-${field.toLowerCase()}`, manifestWith(field, value))
    expect(await has.patch({ [field]: value })).toBe('accepted')
    expect(await has.patch({ [field]: other })).toMatch(/^422 /)
    expect(await has.patch({ [field]: other })).toContain(words)
    if (needed.includes(field)) return
    expect(await has.patch({ [field]: null })).toContain(words)
    const lacks = await place.makeRun(`lacks-${field.toLowerCase()}`, run())
    expect(await lacks.patch({ [field]: value })).toContain(words)
    expect(await lacks.annotate({ note: 'a' })).toBe('accepted')
  })

  it('its cancel, its approval and what was said to its steps', async () => {
    const { patch } = await place.makeRun('said', run())
    expect(await patch({ cancel: true, approvedCommit: 'a'.repeat(40), approvals: { a: 'Approved' } })).toBe('accepted')
    expect(await patch({ approvals: { b: 'Rejected' } })).toBe('accepted')
    expect(await patch({ cancel: false })).toContain(`${denied}a run that was cancelled cannot be started again`)
    expect(await patch({ cancel: null })).toContain('cannot be started again')
    expect(await patch({ approvedCommit: null })).toContain(`${denied}an approval cannot be taken back`)
    expect(await patch({ approvals: { a: 'Rejected' } })).toContain(`${denied}what was said to a step cannot be taken`)
    expect(await patch({ approvals: { a: null } })).toContain('what was said to a step')
    expect(await patch({ approvals: null })).toContain('what was said to a step')
  })
})

it('a run of a thousand steps is cancelled, and its plan stays', async () => {
  const { patch, annotate, patchStatus } = await place.makeRun('thousand', run({ plan: aPlan(1000) }))
  expect(await annotate({ note: 'a' })).toBe('accepted')
  expect(await patchStatus({ phase: 'Running' })).toBe('accepted')
  expect(await patch({ cancel: true })).toBe('accepted')
  expect(await patch({ plan: { ...aPlan(1000), timeoutSeconds: 60 } })).toContain('plan cannot be changed')
  const steps = Array.from({ length: 1000 }, (_, i) => aStep(i, i === 999 ? 'other' : undefined))
  expect(await patch({ plan: { ...aPlan(1000), steps } })).toContain('plan cannot be changed')
})

describe('a server whose definitions change', () => {
  const file = (name: string) => join(import.meta.dirname, '../../deploy', name)
  const applyOld = (target: KubectlTarget) =>
    kubectl(target, ['apply', '--server-side', '--force-conflicts', '-f', file('crds-1.28.yaml')])

  /** What the doctor advises; a server-side apply fails on the one, and leaves the other. */
  function expectMended(target: KubectlTarget): void {
    const read = () =>
      (['validatingadmissionpolicy', 'validatingadmissionpolicybinding'] as const).map((kind) =>
        kubectl(target, ['get', kind, runPolicyName, '-o', 'jsonpath={.spec}']),
      )
    const patch = (kind: string, spec: Json) =>
      kubectl(target, ['patch', kind, runPolicyName, '--type=merge', '-p', JSON.stringify({ spec })])
    const before = read()
    patch('validatingadmissionpolicy', { matchConditions: [{ name: 'never', expression: 'false' }] })
    patch('validatingadmissionpolicybinding', { validationActions: ['Warn'] })
    kubectl(target, ['replace', '-f', file('crds.yaml')])
    expect(read()).toEqual(before)
  }

  it('keeps runs before an upgrade, after it, and after a way back', async () => {
    const server = await startTestApiServer()
    const connection = await openConnection({ KUBECONFIG: server.kubeconfig })
    try {
      applyOld(server)
      kubectl(server, ['wait', '--for=condition=Established', '--timeout=30s', '-f', file('crds-1.28.yaml')])
      const { makeRun } = openPlace(createKubeClient(connection), 'default')
      const { patch, tryPatch, patchStatus } = await makeRun('through', run({ plan: aPlan(3) }))
      const change = { plan: aPlan(3, 'other') }
      const ofDefinition = /^422 .*spec: Invalid value: .*plan cannot be changed: create another run/
      expect(await patch(change)).toMatch(ofDefinition)
      await serveDefinitions(server)
      expect(await patch(change)).toContain(`${denied}plan cannot be changed: create another run`)
      expect(await patchStatus({ phase: 'Running' })).toBe('accepted')
      expectMended(server)
      applyOld(server)
      // A definition is in force a moment after it was stored, and what broke the policy may be so until then.
      const isKept = async () => ofDefinition.test(await tryPatch(change)) || undefined
      await eventually('the rule of the old definition', isKept, 30)
      expect(await patch(change)).toContain('plan cannot be changed: create another run')
      expect(await patch({ cancel: true })).toBe('accepted')
      kubectl(server, ['delete', '-f', file('crds.yaml')])
      expect(kubectl(server, ['get', 'validatingadmissionpolicies', '-o', 'name'])).toBe('')
    } finally {
      connection.close()
      await server.stop()
    }
  })
})

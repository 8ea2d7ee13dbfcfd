import { expect, test } from 'vitest'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../test/helpers/engine-state.ts'
import type { Job, Pod } from '../lib/kubernetes.ts'
import { planRun } from './plan.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
const startTime = '2026-01-01T00:00:00Z'
const run = makeRun({
  repository: 'r',
  steps: [{ name: 'a', image: 'registry.example/gone:1', commands: ['c'], clone: false }],
  timeoutSeconds: 600,
  clone: { depth: 1, submodules: false },
})

/** The step's Job and pod, whose image kubelet cannot pull. */
function pullWith(reason: string, message: string): { readonly jobs: readonly Job[]; readonly pods: readonly Pod[] } {
  const [made] = planRun(makeSnapshot(run, at)).creations
  const { name = '', labels = {}, ...metadata } = made?.job.metadata ?? {}
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid: 'job', controller: true }
  const job: Job = {
    metadata: { ...metadata, name, labels, uid: 'job', creationTimestamp: startTime },
    spec: { template: { spec: { containers: [] } } },
  }
  const pod: Pod = {
    metadata: { name: 'p', uid: 'p', labels, ownerReferences: [owner] },
    spec: { containers: [{ name: 'step', image: 'registry.example/gone:1' }] },
    status: {
      phase: 'Pending',
      startTime,
      containerStatuses: [{ name: 'step', state: { waiting: { reason, message } } }],
    },
  }
  return { jobs: [job], pods: [pod] }
}

test('why an image cannot be pulled is told soon, since kubelet may not say it again, and ends the step in time', () => {
  const begun = { ...run, status: planRun(makeSnapshot(run, at)).status ?? {} }
  const first = planRun({ ...makeSnapshot(begun, at + 1000), ...pullWith('ErrImagePull', 'manifest unknown') })
  expect(first).toMatchObject({ urgency: 'counted', status: { reason: 'ImagePull' } })
  const told = { ...run, status: first.status ?? {} }
  const again = pullWith('ImagePullBackOff', 'Back-off pulling image "registry.example/gone:1"')
  const later = planRun({ ...makeSnapshot(told, at + 20_000), ...again })
  expect(later.urgency).toBe('late')
  const end = planRun({ ...makeSnapshot(told, at + 30_000), ...again })
  expect(end.status).toMatchObject({ phase: 'Failed', reason: 'InfrastructureError' })
  expect(end.status?.message).toContain('it does not exist in the registry')
})

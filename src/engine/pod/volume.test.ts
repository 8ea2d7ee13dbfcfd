import { expect, it } from 'vitest'
import { judgeUnschedulable } from './volume.ts'

const pod = { metadata: { name: 'p', labels: { 'c8s.dev/run-uid': 'uid-1' } } }

it.each([
  '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 nodes are available.',
  '0/2 nodes are available: 2 node(s) had volume node affinity conflict.',
  "0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind.",
  '0/1 nodes are available: persistentvolumeclaim "run-workspace-x" not found.',
  '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) exceed max volume count.',
])('%s', (message) => {
  expect(judgeUnschedulable(pod, message)).toEqual({
    kind: 'waiting',
    reason: 'VolumePending',
    message: `${message}; kubectl describe pvc -l c8s.dev/run-uid=uid-1 tells more`,
  })
})

it('leaves what has nothing to do with volumes', () => {
  const message = '0/1 nodes are available: 1 Insufficient memory.'
  expect(judgeUnschedulable(pod, message)).toEqual({ kind: 'waiting', reason: 'Unschedulable', message })
})

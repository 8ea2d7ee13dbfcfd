import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { trimPod, trimRun } from './trim.ts'

const plan = { repository: 'r', steps: [], timeoutSeconds: 1, clone: { depth: 1, submodules: false } }
const run: PipelineRun = {
  ...makeRun(plan),
  status: {
    phase: 'Succeeded',
    observedGeneration: 1,
    message: 'm',
    steps: [{ name: 'a', phase: 'Succeeded' }],
    conditions: [
      { type: 'LogsIncomplete', status: 'True' },
      { type: 'Ready', status: 'True' },
    ],
  },
}

test('an ended run is a stub: enough to count it and to see that it needs no more work', () => {
  expect(trimRun(run)).toEqual({
    apiVersion: 'c8s.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name: 'run', namespace: 'team', uid: 'uid-run', generation: 1 },
    spec: { commit: '', pipelineConfigRef: 'config' },
    status: { phase: 'Succeeded', observedGeneration: 1, conditions: [{ type: 'LogsIncomplete', status: 'True' }] },
  })
})

test('a running run keeps its plan and its whole status', () => {
  const running = trimRun({ ...run, status: { ...run.status, phase: 'Running' } })
  expect([running.spec.plan, running.status?.steps?.length]).toEqual([plan, 1])
})

test('an ended pod still tells that it was stopped', () => {
  const pod = trimPod({
    metadata: { name: 'p' },
    spec: { activeDeadlineSeconds: 1, containers: [{ name: 'step', image: 'i' }] },
    status: { phase: 'Failed' },
  })
  expect(pod.spec).toEqual({ activeDeadlineSeconds: 1, containers: [] })
})

import { expect, test } from 'vitest'
import type { Job, Pod, PodCondition } from '../../lib/kubernetes.ts'
import type { Work } from './step-state.ts'
import { findWork, stopDeadlineSeconds, type WorkOfStep } from './work.ts'

const at = '2026-01-01T00:00:00Z'
const template = { spec: { containers: [] } }

interface JobTraits {
  readonly name?: string
  readonly end?: string
  readonly isSuspended?: boolean
  readonly deadline?: number
  readonly isDeleted?: boolean
}

function makeJob({ name = 'j', end, isSuspended, deadline, isDeleted = false }: JobTraits = {}): Job {
  return {
    metadata: { name, uid: `uid-${name}`, ...(isDeleted ? { deletionTimestamp: at } : {}) },
    spec: {
      template,
      ...(isSuspended === undefined ? {} : { suspend: isSuspended }),
      ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
    },
    status: { conditions: end === undefined ? [] : [{ type: end, status: 'True', lastTransitionTime: at }] },
  }
}

interface PodTraits {
  readonly name?: string
  readonly job?: string
  readonly phase?: string
  readonly hasStarted?: boolean
  readonly hasStepEnded?: boolean
  readonly deadline?: number
  readonly isDeleted?: boolean
  readonly isDisrupted?: boolean
}

function makePod(traits: PodTraits = {}): Pod {
  const { name = 'p', job = 'j', phase = 'Running', hasStarted = true, hasStepEnded = false } = traits
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job, uid: `uid-${job}`, controller: true }
  const disrupted: PodCondition = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: at }
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      ownerReferences: [owner],
      ...(traits.isDeleted === true ? { deletionTimestamp: at } : {}),
    },
    spec: { containers: [], ...(traits.deadline === undefined ? {} : { activeDeadlineSeconds: traits.deadline }) },
    status: {
      phase,
      ...(hasStarted ? { startTime: at } : {}),
      conditions: traits.isDisrupted === true ? [disrupted] : [],
      containerStatuses: hasStepEnded ? [{ name: 'step', state: { terminated: { exitCode: 0 } } }] : [],
    },
  }
}

const pod = (name = 'p'): Work => ({ kind: 'pod', name, uid: `uid-${name}` })
const job = (name = 'j'): Work => ({ kind: 'job', name, uid: `uid-${name}` })

type Case = [name: string, jobs: readonly Job[], pods: readonly Pod[], want: Partial<WorkOfStep>]

test.each<Case>([
  ['nothing was made', [], [], { work: [], isStopped: false, isQuiet: true }],
  ['a Job without a pod is suspended', [makeJob()], [], { work: [job()], isStopped: false, isQuiet: false }],
  [
    'a pod that waits for a node is stopped by its Job',
    [makeJob()],
    [makePod({ phase: 'Pending', hasStarted: false })],
    { work: [job()], isStopped: false, isQuiet: false },
  ],
  [
    'a pod that kubelet has is stopped itself, so that its log stays',
    [makeJob()],
    [makePod()],
    { work: [pod()], isStopped: false, isQuiet: false },
  ],
  [
    'a pod that pulls its images counts as started',
    [makeJob()],
    [makePod({ phase: 'Pending' })],
    { work: [pod()], isQuiet: false },
  ],
  [
    'a Job that somebody else keeps suspended has not been stopped, but runs nothing',
    [makeJob({ isSuspended: true })],
    [],
    { work: [job()], isStopped: false, isQuiet: true },
  ],
  [
    'one that c8s suspended has been stopped',
    [makeJob({ isSuspended: true, deadline: stopDeadlineSeconds })],
    [],
    { work: [], isStopped: true, isQuiet: true },
  ],
  [
    'the pod of a suspended Job has still to go',
    [makeJob({ isSuspended: true, deadline: stopDeadlineSeconds })],
    [makePod({ phase: 'Pending', hasStarted: false })],
    { work: [], isStopped: true, isQuiet: false },
  ],
  [
    'a pod with the deadline of a stop is not stopped twice',
    [makeJob()],
    [makePod({ deadline: stopDeadlineSeconds })],
    { work: [], isStopped: true, isQuiet: false },
  ],
  [
    "a pod with the step's own deadline is",
    [makeJob()],
    [makePod({ deadline: 600 })],
    { work: [pod()], isStopped: false },
  ],
  [
    'a pod that is being deleted is not stopped twice',
    [makeJob()],
    [makePod({ isDeleted: true })],
    { work: [], isStopped: true, isQuiet: false },
  ],
  [
    'a step that has ended drains its log in peace',
    [makeJob()],
    [makePod({ hasStepEnded: true })],
    { work: [], isStopped: false, isQuiet: true },
  ],
  [
    'a Job whose pod is done is about to end',
    [makeJob()],
    [makePod({ phase: 'Succeeded', hasStepEnded: true })],
    { work: [], isQuiet: true },
  ],
  [
    'a Job whose pod was evicted makes another',
    [makeJob()],
    [makePod({ phase: 'Failed', isDisrupted: true })],
    { work: [job()], isQuiet: false },
  ],
  ['a complete Job is over', [makeJob({ end: 'Complete' })], [], { work: [], isQuiet: true }],
  ['a failed Job is over', [makeJob({ end: 'Failed' })], [], { work: [], isQuiet: true }],
  ['a Job with another condition is not', [makeJob({ end: 'SuccessCriteriaMet' })], [], { work: [job()] }],
  ['a Job that is being deleted is over', [makeJob({ isDeleted: true })], [], { work: [], isQuiet: true }],
  ['a failed Job whose pod still runs', [makeJob({ end: 'Failed' })], [makePod()], { work: [pod()], isQuiet: false }],
  [
    'the next attempt and what is left of the last, by name',
    [makeJob({ name: 'b' }), makeJob({ name: 'a' })],
    [makePod({ name: 'c', job: 'a' })],
    { work: [job('b'), pod('c')], isQuiet: false },
  ],
])('%s', (...[, jobs, pods, want]) => {
  expect(findWork(jobs, pods)).toMatchObject(want)
})

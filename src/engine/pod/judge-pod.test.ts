import { expect, test } from 'vitest'
import type { ContainerState, Pod, PodCondition } from '../../lib/kubernetes.ts'
import { defaultSettings } from '../snapshot.ts'
import { findCommit, isLogIncomplete, judgePod } from './judge-pod.ts'
import type { Verdict } from './verdict.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const times = { startedAt: '2026-01-01T00:00:10Z', finishedAt: '2026-01-01T00:00:20Z' }
const wantTimes = { startTime: times.startedAt, completionTime: times.finishedAt }
const step = { name: 'unit', image: 'node:24', commands: ['npm test'], timeout: '30m', resources: { memory: '1Gi' } }
const disrupted: PodCondition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }

interface PodParts {
  readonly step?: ContainerState
  readonly clone?: ContainerState
  readonly log?: ContainerState
  readonly status?: Pod['status']
  readonly deleted?: boolean
}

function makePod({ step: stepState, clone, log, status, deleted }: PodParts): Pod {
  const container = (name: string, state: ContainerState | undefined) => (state === undefined ? [] : [{ name, state }])
  return {
    metadata: {
      name: 'p',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(deleted ? { deletionTimestamp: times.finishedAt } : {}),
    },
    spec: {
      containers: [
        { name: 'c8s-log', image: 'c8s' },
        { name: 'step', image: 'node:24' },
      ],
    },
    status: {
      phase: 'Running',
      startTime: '2026-01-01T00:00:01Z',
      initContainerStatuses: container('c8s-clone', clone),
      containerStatuses: [...container('c8s-log', log), ...container('step', stepState)],
      ...status,
    },
  }
}

const exit = (exitCode: number, more: object = {}): ContainerState => ({ terminated: { exitCode, ...times, ...more } })
const waiting = (reason: string, message = ''): ContainerState => ({ waiting: { reason, message } })
const failed = (reason: string, message: string, exitCode: number) => ({
  kind: 'ended',
  phase: 'Failed',
  reason,
  message,
  exitCode,
  ...wantTimes,
})

const ends: { name: string; pod: PodParts; want: object }[] = [
  {
    name: 'exit code 0 succeeds',
    pod: { step: exit(0) },
    want: { kind: 'ended', phase: 'Succeeded', reason: 'Completed', exitCode: 0, ...wantTimes },
  },
  { name: 'exit code 1 fails', pod: { step: exit(1) }, want: failed('ExitCode', 'exit code 1', 1) },
  {
    name: 'exit code 127 says what it means',
    pod: { step: exit(127) },
    want: failed('ExitCode', 'exit code 127 (a command was not found)', 127),
  },
  {
    name: 'exit code 139 names the signal',
    pod: { step: exit(139) },
    want: failed('ExitCode', 'exit code 139 (SIGSEGV)', 139),
  },
  { name: 'exit code 255 names none', pod: { step: exit(255) }, want: failed('ExitCode', 'exit code 255', 255) },
  {
    name: 'killed for memory',
    pod: { step: exit(137, { reason: 'OOMKilled' }) },
    want: failed('OOMKilled', 'killed: it used more than the 1Gi of memory it is allowed (exit code 137)', 137),
  },
  {
    name: 'a child killed for memory and exit code 0 succeeds, with a word',
    pod: { step: exit(0, { reason: 'OOMKilled' }) },
    want: { phase: 'Succeeded', reason: 'OOMKilled', message: expect.stringContaining('went on') },
  },
  {
    name: 'the driver timed out',
    pod: { step: exit(124, { message: 'c8s: TimedOut\n' }) },
    want: failed('TimedOut', 'ran longer than its timeout of 30m', 124),
  },
  {
    name: 'exit code 124 of a command is just that',
    pod: { step: exit(124) },
    want: failed('ExitCode', 'exit code 124', 124),
  },
  {
    name: 'words of the user in the message mean nothing',
    pod: { step: exit(1, { message: 'c8s: TimedOut' }) },
    want: failed('ExitCode', 'exit code 1', 1),
  },
  {
    name: 'the container cannot be started',
    pod: { step: exit(128, { reason: 'StartError', message: 'exec format error' }) },
    want: { phase: 'Failed', reason: 'StartError', message: 'the container could not be started: exec format error' },
  },
  {
    name: 'our own driver is missing',
    pod: { step: exit(128, { reason: 'StartError', message: 'exec: "/c8s/bin/busybox": no such file' }) },
    want: { kind: 'lost', isReplaced: false },
  },
  {
    name: 'no log shipper',
    pod: { step: exit(125, { message: 'c8s: LogShipperMissing' }) },
    want: { kind: 'lost', isReplaced: false },
  },
  {
    name: 'exit code 125 of a command is just that',
    pod: { step: exit(125) },
    want: failed('ExitCode', 'exit code 125', 125),
  },
  {
    name: 'evicted while running',
    pod: { step: exit(137), status: { conditions: [disrupted] } },
    want: { kind: 'lost', cause: 'was evicted', isReplaced: true },
  },
  {
    name: 'done before it was evicted',
    pod: { step: exit(0), status: { conditions: [disrupted] } },
    want: { phase: 'Succeeded' },
  },
  {
    name: 'evicted by kubelet, which says why',
    pod: {
      step: exit(137),
      status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.', conditions: [disrupted] },
    },
    want: { kind: 'lost', cause: 'was evicted (The node was low on memory.)', isReplaced: true },
  },
  {
    name: 'node shut down without the condition',
    pod: { step: exit(143), status: { phase: 'Failed', reason: 'NodeShutdown' } },
    want: { kind: 'lost', isReplaced: false },
  },
  {
    name: 'refused by the node',
    pod: { status: { phase: 'Failed', reason: 'OutOfcpu' } },
    want: { kind: 'lost', cause: 'was refused by its node', isReplaced: false },
  },
  {
    name: 'deleted by hand',
    pod: { step: exit(143), deleted: true },
    want: { kind: 'lost', cause: 'was deleted', isReplaced: false },
  },
  {
    name: 'the node forgot the container',
    pod: { step: exit(137, { reason: 'ContainerStatusUnknown' }) },
    want: { kind: 'lost' },
  },
  {
    name: "the pod's deadline",
    pod: { step: exit(137), status: { phase: 'Failed', reason: 'DeadlineExceeded' } },
    want: { phase: 'Failed', reason: 'TimedOut', exitCode: 137 },
  },
  {
    name: "the pod's deadline before the start",
    pod: { status: { phase: 'Failed', reason: 'DeadlineExceeded' } },
    want: { phase: 'Failed', reason: 'TimedOut' },
  },
  {
    name: 'failed without a trace',
    pod: { status: { phase: 'Failed' } },
    want: { kind: 'lost', cause: 'ended without a result' },
  },
  {
    name: 'a Succeeded pod without a step container is no success',
    pod: { status: { phase: 'Succeeded' } },
    want: { kind: 'lost' },
  },
  {
    name: 'the clone says why it failed',
    pod: {
      clone: exit(1, {
        message: JSON.stringify({ reason: 'CommitNotFound', message: 'https://git.example/r has no commit abc1234' }),
      }),
    },
    want: { phase: 'Failed', reason: 'CommitNotFound', message: 'https://git.example/r has no commit abc1234' },
  },
  {
    name: 'the clone says nothing',
    pod: { clone: exit(2) },
    want: { reason: 'CloneFailed', message: 'the clone ended with exit code 2 and gave no reason' },
  },
  {
    name: 'the clone says something that is not ours',
    pod: { clone: exit(1, { message: '{"reason":"Succeeded"}' }) },
    want: { reason: 'CloneFailed' },
  },
  {
    name: 'the clone was killed for memory',
    pod: { clone: exit(137, { reason: 'OOMKilled' }) },
    want: { reason: 'CloneFailed', message: expect.stringContaining('memory') },
  },
  {
    name: 'evicted while cloning',
    pod: { clone: exit(137), status: { conditions: [disrupted] } },
    want: { kind: 'lost', isReplaced: true },
  },
  {
    name: 'the shipper cannot mask',
    pod: {
      log: exit(1, { message: JSON.stringify({ reason: 'MaskListUnreadable', message: 'no' }) }),
      step: { running: {} },
    },
    want: { kind: 'lost', isReplaced: false },
  },
  {
    name: 'the shipper died later, and the result stands',
    pod: { log: exit(137), step: exit(0) },
    want: { phase: 'Succeeded' },
  },
]

test.each(ends)('$name', ({ pod, want }) => {
  expect(judgePod(makePod(pod), { step, now: start, settings: defaultSettings, mountFailures: [] })).toMatchObject(want)
})

const seconds = (count: number) => start + count * 1000
const notFound = 'failed to pull and unpack image "node:24": failed to resolve reference "node:24": node:24: not found'
const noHost =
  'failed to pull and unpack image "node:24": failed to resolve reference "node:24": failed to do request: Head "https://r": dial tcp: no such host'

const waits: { name: string; pod: PodParts; at: number; last?: string; want: object }[] = [
  {
    name: 'creating',
    pod: { step: waiting('ContainerCreating') },
    at: 60,
    want: { kind: 'waiting', reason: 'Starting' },
  },
  {
    name: 'cloning',
    pod: { clone: { running: {} }, step: waiting('PodInitializing') },
    at: 60,
    want: { kind: 'waiting', reason: 'Cloning' },
  },
  {
    name: 'running',
    pod: { step: { running: { startedAt: times.startedAt } } },
    at: 60,
    want: { kind: 'running', startTime: times.startedAt },
  },
  {
    name: 'running on a node that does not answer',
    pod: {
      step: { running: { startedAt: times.startedAt } },
      status: { conditions: [{ ...disrupted, reason: 'DeletionByTaintManager' }] },
      deleted: true,
    },
    at: 60,
    want: { kind: 'running', reason: 'NodeUnreachable', startTime: times.startedAt },
  },
  {
    name: 'no node',
    pod: {
      status: {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      },
    },
    at: 9999,
    want: { kind: 'waiting', reason: 'Unschedulable', message: 'no node can take the pod: 0/1 nodes' },
  },
  {
    name: 'a name that is none fails at once',
    pod: { step: waiting('InvalidImageName') },
    at: 1,
    want: { kind: 'ended', reason: 'ImagePull', message: 'image "node:24" is not a valid name' },
  },
  {
    name: 'also where only the runtime finds out',
    pod: { step: waiting('ErrImagePull', 'failed to parse image reference "UPPER/x": invalid reference format') },
    at: 2,
    want: { kind: 'ended', reason: 'ImagePull', message: 'image "node:24" is not a valid name' },
  },
  {
    name: 'an image that does not exist is shown',
    pod: { step: waiting('ErrImagePull', notFound) },
    at: 5,
    want: { kind: 'waiting', reason: 'ImagePull', recheckAt: seconds(26) },
  },
  {
    name: 'and fails within 30 s',
    pod: { step: waiting('ErrImagePull', notFound) },
    at: 26,
    want: {
      kind: 'ended',
      phase: 'Failed',
      message: 'image "node:24" cannot be pulled: it does not exist in the registry (not found)',
    },
  },
  {
    name: 'also where the back-off no longer says why',
    pod: { step: waiting('ImagePullBackOff', 'Back-off pulling image "node:24"') },
    last: 'image "node:24" cannot be pulled: it does not exist in the registry (not found)',
    at: 26,
    want: { kind: 'ended', reason: 'ImagePull' },
  },
  {
    name: 'a registry that does not answer gets 5 minutes',
    pod: { step: waiting('ErrImagePull', noHost) },
    at: 299,
    want: { kind: 'waiting', message: 'image "node:24" cannot be pulled: Head "https://r": dial tcp: no such host' },
  },
  {
    name: 'and no more',
    pod: { step: waiting('ImagePullBackOff', `Back-off pulling image "node:24": ErrImagePull: ${noHost}`) },
    at: 301,
    want: { kind: 'ended', message: 'image "node:24" cannot be pulled: Head "https://r": dial tcp: no such host' },
  },
  {
    name: 'a missing key is named',
    pod: { step: waiting('CreateContainerConfigError', "couldn't find key token in Secret team/npm") },
    at: 26,
    want: {
      kind: 'ended',
      reason: 'ContainerConfig',
      message: "container step cannot be made: couldn't find key token in Secret team/npm",
    },
  },
]

test.each(waits)('waiting: $name', ({ pod, at, last, want }) => {
  const context = { step, now: seconds(at), settings: defaultSettings, mountFailures: [], lastMessage: last }
  expect(judgePod(makePod(pod), context)).toMatchObject(want)
})

test('time spent cloning is not counted against the image', () => {
  const initialized = { type: 'Initialized', status: 'True', lastTransitionTime: '2026-01-01T00:10:00Z' }
  const pod = makePod({ step: waiting('ErrImagePull', notFound), status: { conditions: [initialized] } })
  const withInit: Pod = { ...pod, spec: { containers: [], initContainers: [{ name: 'c8s-clone' }] } }
  const judge = (at: number): Verdict =>
    judgePod(withInit, { step, now: seconds(at), settings: defaultSettings, mountFailures: [] })
  expect([judge(620).kind, judge(626).kind]).toEqual(['waiting', 'ended'])
})

test('the commit is taken from a clone that succeeded, and only where it is one', () => {
  const clone = (exitCode: number, commit: string) =>
    makePod({ clone: exit(exitCode, { message: JSON.stringify({ reason: 'Cloned', message: '', commit }) }) })
  const full = 'a'.repeat(40)
  expect([findCommit(clone(0, full)), findCommit(clone(1, full)), findCommit(clone(0, 'HEAD'))]).toEqual([
    full,
    undefined,
    undefined,
  ])
})

test('a log is incomplete where the shipper died, whatever the step did', () => {
  const logs = [exit(0), exit(1), exit(137), { running: {} }].map((log) =>
    isLogIncomplete(makePod({ log, step: exit(0) })),
  )
  expect(logs).toEqual([false, true, true, false])
})

const mountCases = [
  {
    name: 'a missing Secret fails the step after a short while',
    message: 'MountVolume.SetUp failed for volume "c8s-mask" : secret "db" not found',
    at: 30,
    want: { kind: 'ended', reason: 'ContainerConfig', message: 'a volume cannot be mounted: secret "db" not found' },
  },
  {
    name: 'until then it waits, and says for what',
    message: 'MountVolume.SetUp failed for volume "c8s-mask" : references non-existent secret key: password',
    at: 5,
    want: { kind: 'waiting', message: 'a volume cannot be mounted: references non-existent secret key: password' },
  },
  {
    name: 'what may pass is waited for longer',
    message: 'MountVolume.SetUp failed for volume "c8s-mask" : failed to sync secret cache: timed out',
    at: 30,
    want: { kind: 'waiting', reason: 'ContainerConfig' },
  },
]

test.each(mountCases)('$name', ({ message, at, want }) => {
  const pod = makePod({ step: waiting('ContainerCreating', ''), log: waiting('ContainerCreating', '') })
  const known = { ...pod, metadata: { ...pod.metadata, uid: 'u' } }
  const mountFailures = [{ podUid: 'u', message }]
  expect(judgePod(known, { step, now: seconds(at), settings: defaultSettings, mountFailures })).toMatchObject(want)
})

test('once a container has begun, an old mount failure says nothing', () => {
  const pod = makePod({ step: waiting('ContainerCreating', ''), log: { running: {} } })
  const mountFailures = [{ podUid: 'u', message: 'secret "db" not found' }]
  const known = { ...pod, metadata: { ...pod.metadata, uid: 'u' } }
  expect(judgePod(known, { step, now: seconds(60), settings: defaultSettings, mountFailures })).toMatchObject({
    kind: 'waiting',
    reason: 'Starting',
  })
})

import { expect, test } from 'vitest'
import type { ContainerState, Pod, PodCondition } from '../../lib/kubernetes.ts'
import { defaultSettings, type MountFailure } from '../snapshot.ts'
import { judgePod } from './judge-pod.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const step = { name: 'unit', image: 'node:24', commands: ['npm test'] }

interface Case {
  readonly name: string
  readonly failure?: Omit<MountFailure, 'podUid'>
  readonly step?: ContainerState
  readonly status?: Pod['status']
  /** Seconds since the pod was made. */
  readonly at?: number
  readonly want: object
}

const creating = { waiting: { reason: 'ContainerCreating' } }
const sandbox = (message: string) => ({
  reason: 'FailedCreatePodSandBox',
  message: `Failed to create pod sandbox: ${message}`,
})
const rpc = 'rpc error: code = Unknown desc = failed to setup network for sandbox "4f": '
const ready: PodCondition = { type: 'PodReadyToStartContainers', status: 'True' }
const evicted = (message: string, conditions: PodCondition[] = []) => ({
  phase: 'Failed',
  reason: 'Evicted',
  message,
  conditions,
})

/** Messages as kubelet, containerd, CRI-O and network plugins write them. */
const cases: Case[] = [
  {
    name: 'the range of host-local is used up',
    failure: sandbox(
      `${rpc}plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.0.0.1-10.0.0.254`,
    ),
    at: 86_000,
    want: {
      kind: 'waiting',
      reason: 'NoAddress',
      message: expect.stringContaining('no IP addresses available in range set'),
    },
  },
  {
    name: 'Calico has none',
    failure: sandbox(
      `${rpc}plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled`,
    ),
    want: { kind: 'waiting', reason: 'NoAddress' },
  },
  {
    name: 'the network of AWS has none',
    failure: sandbox(
      `${rpc}plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container`,
    ),
    at: 86_000,
    want: { kind: 'waiting', reason: 'NoAddress' },
  },
  {
    name: 'once the sandbox is there, an old event says nothing',
    failure: sandbox(`${rpc}no IP addresses available in range set`),
    status: { conditions: [ready] },
    want: { kind: 'waiting', reason: 'Starting' },
  },
  {
    name: 'once a container has begun, neither',
    failure: sandbox(`${rpc}no IP addresses available in range set`),
    step: { running: { startedAt: '2026-01-01T00:00:02Z' } },
    want: { kind: 'running' },
  },
  {
    name: 'a sandbox that cannot be made for another cause is waited for',
    failure: sandbox(
      `${rpc}plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory`,
    ),
    at: 200,
    want: {
      kind: 'waiting',
      reason: 'StartError',
      message: expect.stringContaining('the node cannot start the pod: '),
    },
  },
  {
    name: 'but not for ever',
    failure: sandbox(
      `${rpc}plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory`,
    ),
    at: 400,
    want: { kind: 'ended', phase: 'Failed', reason: 'StartError' },
  },
  {
    name: 'a full disk under the sandbox',
    failure: sandbox('mkdir /var/lib/containerd/x: no space left on device'),
    at: 86_000,
    want: { kind: 'waiting', reason: 'DiskFull' },
  },
  {
    name: 'a full disk under the image',
    step: {
      waiting: { reason: 'ErrImagePull', message: 'failed to extract layer: write /x: no space left on device' },
    },
    at: 86_000,
    want: { kind: 'waiting', reason: 'DiskFull', message: expect.stringContaining('the disk of the node is full') },
  },
  {
    name: 'a full disk under a volume',
    failure: {
      reason: 'FailedMount',
      message: 'MountVolume.SetUp failed for volume "c8s-mask" : mkdir /x: no space left on device',
    },
    want: { kind: 'waiting', reason: 'DiskFull' },
  },
  {
    name: 'a volume that another node still has',
    failure: {
      reason: 'FailedAttachVolume',
      message: 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) other',
    },
    at: 86_000,
    want: { kind: 'waiting', reason: 'VolumePending', message: expect.stringContaining('Multi-Attach error') },
  },
  {
    name: 'a volume that did not come in time, by kubelet',
    failure: {
      reason: 'FailedMount',
      message:
        'Unable to attach or mount volumes: unmounted volumes=[c8s-workspace]: timed out waiting for the condition',
    },
    at: 100,
    want: {
      kind: 'waiting',
      reason: 'ContainerConfig',
      message: expect.stringContaining('a volume cannot be mounted'),
    },
  },
  {
    name: 'the claim of a volume is not bound',
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
        },
      ],
    },
    at: 86_000,
    want: { kind: 'waiting', reason: 'VolumePending' },
  },
  {
    name: 'evicted because the node was low on disk: lost, and started again',
    status: evicted('The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi.', [
      { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' },
    ]),
    step: { terminated: { exitCode: 137 } },
    want: { kind: 'lost', isReplaced: true, cause: expect.stringContaining('low on resource: ephemeral-storage') },
  },
  {
    name: 'refused by a node under pressure: lost',
    status: evicted('Pod was rejected: The node had condition: [DiskPressure]. '),
    want: { kind: 'lost', isReplaced: false, cause: expect.stringContaining('DiskPressure') },
  },
  ...[
    'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ',
    'Container step exceeded its local ephemeral storage limit "1Gi". ',
    'Usage of EmptyDir volume "c8s-workspace" exceeds the limit "1Gi". ',
  ].map((message) => ({
    name: `its own fault: ${message}`,
    status: evicted(message),
    step: { terminated: { exitCode: 137 } },
    want: { kind: 'ended', phase: 'Failed', reason: 'DiskLimit', message: message.trim() },
  })),
]

test.each(cases)('$name', ({ failure, step: state = creating, status, at = 10, want }) => {
  const pod: Pod = {
    metadata: { name: 'p', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { containers: [{ name: 'step', image: 'node:24' }] },
    status: {
      phase: 'Pending',
      startTime: '2026-01-01T00:00:01Z',
      containerStatuses: [{ name: 'step', state }],
      ...status,
    },
  }
  const mountFailures = failure === undefined ? [] : [{ podUid: 'u', ...failure }]
  const context = { step, now: start + at * 1000, settings: defaultSettings, mountFailures }
  expect(judgePod(pod, context)).toMatchObject(want)
})

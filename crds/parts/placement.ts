import { labelPattern, namePattern } from '../patterns.ts'
import { choice, type Infer, integer, list, map, object, optional, text } from '../schema.ts'
import { durationField } from './duration.ts'
import { quantity } from './resources.ts'

const toleration = object('A taint of nodes that the pod may stand.', {
  key: optional(text('Key of the taint. All keys when left out.', { maxLength: 316 })),
  operator: optional(choice('Equal when left out.', ['Equal', 'Exists'])),
  value: optional(text('Value of the taint.', { maxLength: 63 })),
  effect: optional(choice('All effects when left out.', ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
})

/** Where a step's pod may go. What of it is allowed the policy of the namespace says. */
export const placementFields = {
  nodeSelector: optional(
    map(
      'Labels that the node must have. Without a policy of the namespace only kubernetes.io/os and kubernetes.io/arch.',
      text('Value of the label.', { maxLength: 63 }),
      16,
    ),
  ),
  tolerations: optional(
    list('Taints that the pod stands. Only with a policy of the namespace that allows them.', toleration, {
      maxItems: 16,
    }),
  ),
  serviceAccountName: optional(
    text('Service account of the pod, with its token. Only with a policy of the namespace that allows it.', {
      pattern: namePattern,
      maxLength: 253,
    }),
  ),
} as const

/** How runs of a pipeline stand in queues. */
export const queueFields = {
  priorityClassName: optional(
    text('PriorityClass of the pods; the queue of c8s goes by its value too.', {
      pattern: namePattern,
      maxLength: 253,
    }),
  ),
  queueName: optional(
    text('Kueue LocalQueue: the Jobs carry kueue.x-k8s.io/queue-name.', { pattern: labelPattern, maxLength: 63 }),
  ),
} as const

export const workspace = object(
  'One volume that all steps of a run share at /workspace, kept over retries and deleted when the run has ended. Without it each step has a workspace of its own.',
  {
    size: quantity('Size of the volume, such as 5Gi.'),
    storageClassName: optional(
      text('StorageClass. That of the cluster when left out.', { pattern: namePattern, maxLength: 253 }),
    ),
    accessMode: optional(
      choice('ReadWriteOnce, which keeps all steps on one node, when left out.', ['ReadWriteOnce', 'ReadWriteMany']),
    ),
  },
)
export type Workspace = Infer<typeof workspace>

export const history = object(
  'How many ended runs are kept. Those that Argo CD, Flux or Helm owns are compacted instead of deleted.',
  {
    successful: optional(
      integer('Successful runs. When left out, 100 of those that events made, and all others.', {
        minimum: 0,
        maximum: 100_000,
      }),
    ),
    failed: optional(
      integer('Failed and cancelled runs. When left out, 100 of those that events made, and all others.', {
        minimum: 0,
        maximum: 100_000,
      }),
    ),
    maxAge: optional(durationField('Longest time since a run ended.')),
  },
)
export type History = Infer<typeof history>

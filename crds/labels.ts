/** Label and annotation keys. The only place that spells them. */
export const group = 'c8s.dev'
export const apiVersion = 'c8s.dev/v1alpha1'

export const labels = {
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
  jobType: 'c8s.dev/job-type',
  run: 'c8s.dev/run',
  runUid: 'c8s.dev/run-uid',
  step: 'c8s.dev/step',
  attempt: 'c8s.dev/attempt',
  config: 'c8s.dev/config',
  branch: 'c8s.dev/branch',
  commit: 'c8s.dev/commit',
  repository: 'c8s.dev/repository',
  pipeline: 'c8s.dev/pipeline',
  connection: 'c8s.dev/connection',
  event: 'c8s.dev/event',
  pullRequest: 'c8s.dev/pull-request',
  concurrencyGroup: 'c8s.dev/concurrency-group',
  policy: 'c8s.dev/policy',
  team: 'c8s.dev/team',
  teamQuota: 'c8s.dev/team-quota',
  /** Kueue's own: by it Kueue takes a Job, keeps it suspended, and resumes it when its turn has come. */
  kueueQueue: 'kueue.x-k8s.io/queue-name',
  parent: 'c8s.dev/parent',
} as const

/** Values of the job-type label. */
export const jobTypes = ['step', 'own'] as const
export type JobType = (typeof jobTypes)[number]

export const annotations = {
  usableBy: 'c8s.dev/usable-by',
  author: 'c8s.dev/author',
  injected: 'c8s.dev/injected',
  /** On a Job that starts nothing before admission has completed it; taken away by the injection. */
  held: 'c8s.dev/held',
  repository: 'c8s.dev/repository',
  commit: 'c8s.dev/commit',
  branch: 'c8s.dev/branch',
  authSecret: 'c8s.dev/auth-secret',
  secrets: 'c8s.dev/secrets',
  container: 'c8s.dev/container',
  timeout: 'c8s.dev/timeout',
  quotaPolicy: 'c8s.dev/quota-policy',
  retriedAt: 'c8s.dev/retried-at',
  runRequested: 'c8s.dev/run-requested',
  runRequestedBy: 'c8s.dev/run-requested-by',
  delivery: 'c8s.dev/delivery',
  plan: 'c8s.dev/plan',
} as const

/** Names inside a step's pod; public, see docs/design.md. */
export const podNames = {
  stepContainer: 'step',
  shipContainer: 'c8s-log',
  cloneContainer: 'c8s-clone',
  toolsVolume: 'c8s-tools',
  workspaceVolume: 'c8s-workspace',
  maskVolume: 'c8s-mask',
  secretsVolume: 'c8s-secrets',
  authVolume: 'c8s-auth',
} as const

/** Paths inside a step's pod; public, see docs/design.md. */
export const podPaths = {
  tools: '/c8s',
  busybox: '/c8s/bin/busybox',
  driver: '/c8s/step',
  log: '/c8s/log',
  workspace: '/workspace',
  volume: '/c8s-volume',
  mask: '/c8s-mask',
  secrets: '/c8s/secrets',
  auth: '/c8s-auth',
} as const

/** NetworkPolicy of c8s in a namespace whose policy has egress. */
export const stepsNetworkPolicy = 'c8s-steps'

export const systemNamespace = 'c8s-system'
/** The receiver of deliveries; only it and the controller may name another as the one who asked for a run. */
export const serverUser = 'system:serviceaccount:c8s-system:c8s-server'
export const controllerUser = 'system:serviceaccount:c8s-system:c8s-controller'
/** User id of c8s's own containers, and fsGroup of a step's pod. */
export const c8sUser = 65532

import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import type { ApprovalWord } from '../../crds/step-approvals.ts'
import { compactStatus } from '../../src/engine/compaction/compact-status.ts'
import { planRun } from '../../src/engine/plan.ts'
import type { RunPlan } from '../../src/engine/run-plan.ts'
import { defaultSettings, type EngineSettings, type Snapshot } from '../../src/engine/snapshot.ts'
import type { Work } from '../../src/engine/step/step-state.ts'
import { toTimestamp } from '../../src/lib/clock.ts'
import type { Job, Pod } from '../../src/lib/kubernetes.ts'
import { CalledRuns, type CallScripts } from './simulated-cluster/called-runs.ts'
import { moveJob } from './simulated-cluster/job-controller.ts'
import { movePod } from './simulated-cluster/kubelet.ts'
import { type PodScript, type Script, scriptOf } from './simulated-cluster/script.ts'

/** What a watcher of the simulation is told, to check laws by. */
export interface Witness {
  created?(job: Job, run: PipelineRun): void
  /** By hand, not by the controller. */
  deleted?(job: Job, run: PipelineRun): void
  wrote?(before: PipelineRunStatus | undefined, after: PipelineRunStatus): void
  planned?(snapshot: Snapshot, plan: RunPlan): void
}

export interface SimulationOptions {
  readonly run: PipelineRun
  readonly script: Script
  /** What the runs come to that steps call. */
  readonly calls?: CallScripts
  readonly settings?: EngineSettings
  readonly witness?: Witness
  /** Plans as a queue in front of the engine allows; planRun when left out. */
  readonly planner?: (snapshot: Snapshot) => RunPlan
}

/** How far the controller's caches follow, each by itself. */
interface Cache {
  run: PipelineRun
  jobs: readonly Job[]
  pods: readonly Pod[]
}

/**
 * A cluster with one run in it: API server, Job controller and kubelet as far as a run can see them, and a controller
 * that plans with the real engine on caches which may lag, and may die between any two of its writes.
 */
export class SimulatedCluster {
  now = Date.parse('2026-01-01T00:00:00Z')
  run: PipelineRun
  jobs = new Map<string, Job>()
  pods = new Map<string, Pod>()
  readonly called: CalledRuns
  readonly #script: Script
  readonly #settings: EngineSettings
  readonly #witness: Witness
  readonly #planner: (snapshot: Snapshot) => RunPlan
  readonly #start = this.now
  /** As the controller finds it among the runs of the group. */
  #supersededBy: string | undefined
  #version = 1
  #cache: Cache

  constructor({ run, script, calls, settings = defaultSettings, witness = {}, planner = planRun }: SimulationOptions) {
    this.run = { ...run, metadata: { ...run.metadata, resourceVersion: '1', creationTimestamp: toTimestamp(this.now) } }
    this.#script = script
    this.called = new CalledRuns(calls)
    this.#settings = settings
    this.#witness = witness
    this.#planner = planner
    this.#cache = this.#live()
  }

  /** The watch of one kind catches up. */
  deliver(kind: keyof Cache): void {
    this.#cache = { ...this.#cache, [kind]: this.#live()[kind] }
  }

  /** One reconcile; `writes` is how many of its writes it lives to make. Gives back whether it had anything to write. */
  reconcile(writes = Number.POSITIVE_INFINITY): boolean {
    const snapshot = this.snapshot()
    const plan = this.#planner(snapshot)
    this.#witness.planned?.(snapshot, plan)
    const all = this.#listWrites(plan)
    for (const [index, write] of all.entries()) {
      if (index >= writes) {
        this.#cache = this.#live()
        break
      }
      if (!write()) break
    }
    return all.length > 0
  }

  /** As the controller observes: from its caches, but a Job that status names and the cache lacks is asked for. */
  snapshot(): Snapshot {
    const { run, jobs, pods } = this.#cache
    const known = new Set(jobs.map(({ metadata }) => metadata.name))
    const named = new Set(run.status?.steps?.flatMap(({ jobName }) => jobName ?? []))
    const asked = [...this.jobs.values()].filter(({ metadata: { name = '' } }) => named.has(name) && !known.has(name))
    const rest = {
      refusals: [...this.called.refusals.values()],
      children: this.called.list(),
      podCreationFailures: [],
      mountFailures: [],
      goneSteps: new Set<string>(),
      supersededBy: run.spec.cancel === true ? this.#supersededBy : undefined,
      now: this.now,
      settings: this.#settings,
    }
    return { run, jobs: [...jobs, ...asked], pods, ...rest }
  }

  moveJobs(): boolean {
    return [...this.jobs.values()].map((job) => this.#moveJob(job)).some(Boolean)
  }

  movePods(): boolean {
    return [...this.pods.values()].map((pod) => this.#movePod(pod)).some(Boolean)
  }

  pass(seconds: number): void {
    this.now += seconds * 1000
  }

  cancel(): void {
    this.#change({ cancel: true })
  }

  /** A newer run of the concurrency group takes the place of this one. */
  supersede(by: string): void {
    this.#supersededBy = by
    this.cancel()
  }

  approve(): void {
    this.#change({ approvedCommit: this.run.status?.commit ?? this.run.spec.commit })
  }

  /** A person lets a step go on, or refuses to. */
  say(step: string, word: ApprovalWord): void {
    const { approvals, approvalRecords } = this.run.spec
    const record = { by: 'ann', at: toTimestamp(this.now) }
    this.#change({
      approvals: { ...approvals, [step]: word },
      approvalRecords: { ...approvalRecords, [step]: record },
    })
  }

  #change(spec: Partial<PipelineRun['spec']>): void {
    this.run = { ...this.run, spec: { ...this.run.spec, ...spec }, metadata: this.#touch() }
  }

  deleteJob(step: string): void {
    const job = [...this.jobs.values()].find(({ metadata }) => metadata.labels?.[labels.step] === step)
    if (job === undefined) return
    this.#witness.deleted?.(job, this.run)
    this.jobs.delete(job.metadata.name ?? '')
    for (const pod of this.#podsOf(job)) this.pods.delete(pod.metadata.name ?? '')
  }

  /** Beyond the limits of its history, as src/controller/compact-runs.ts does it. */
  compact(): void {
    this.jobs.clear()
    this.pods.clear()
    const status = compactStatus(this.run.status, this.now)
    if (status !== undefined) this.run = { ...this.run, status, metadata: this.#touch() }
  }

  /** Everything moves in turn, second by second, until this much time has passed since the start. */
  playUntil(seconds: number): void {
    const end = this.#start + seconds * 1000
    while (this.now < end) {
      this.#moveAll()
      this.pass(1)
    }
  }

  /** Everything moves in turn until nothing does; time passes when nothing else can. Gives back false if it never ends. */
  settle(rounds = 400): boolean {
    let idle = 0
    for (let round = 0; round < rounds; round += 1) {
      const moved = this.#moveAll()
      idle = moved ? 0 : idle + 1
      if (moved) continue
      if (this.#planner(this.snapshot()).wakeAt === undefined && !this.#hasRunning()) return true
      this.pass(2 ** Math.min(idle, 17))
    }
    return false
  }

  #moveAll(): boolean {
    this.#cache = this.#live()
    const moved = [this.reconcile(), this.moveJobs(), this.movePods(), this.called.move(this.now)].some(Boolean)
    this.#cache = this.#live()
    return moved
  }

  #live(): Cache {
    return { run: this.run, jobs: [...this.jobs.values()], pods: [...this.pods.values()] }
  }

  /** A pod runs, or will once there is a node for it. */
  #hasRunning(): boolean {
    if (this.called.isGoing()) return true
    return [...this.pods.values()].some((pod) => pod.status?.phase === 'Running' || this.#isExpected(pod))
  }

  #isExpected(pod: Pod): boolean {
    const script = this.#scriptOf(pod)
    return script.does === 'unschedulable' && script.seconds !== undefined && pod.status?.startTime === undefined
  }

  /** In the order of src/controller/apply.ts. */
  #listWrites(plan: RunPlan): readonly (() => boolean)[] {
    const creations = plan.creations.map(
      ({ job }) =>
        () =>
          this.#create(job),
    )
    const calls = plan.calls.map((call) => () => this.called.create(call, this.now))
    const stops = plan.stops.map((work) => () => this.#stop(work))
    const { status } = plan
    const isChanged = status !== undefined && JSON.stringify(status) !== JSON.stringify(this.#cache.run.status)
    const writes = isChanged ? [() => this.#writeStatus(status)] : []
    return plan.isStatusFirst
      ? [...writes, ...creations, ...calls, ...stops]
      : [...creations, ...calls, ...stops, ...writes]
  }

  #create(job: Job): boolean {
    const { name = '' } = job.metadata
    if (this.jobs.has(name)) return true
    this.#witness.created?.(job, this.run)
    const metadata = { ...job.metadata, uid: `job-${name}`, creationTimestamp: toTimestamp(this.now) }
    this.jobs.set(name, { ...job, metadata })
    return true
  }

  #stop({ kind, name }: Work): boolean {
    if (kind === 'run') this.called.cancel(name)
    const pod = this.pods.get(name)
    const job = this.jobs.get(name)
    if (kind === 'pod' && pod?.spec !== undefined) {
      this.pods.set(name, { ...pod, spec: { ...pod.spec, activeDeadlineSeconds: 1 } })
    }
    if (kind === 'job' && job?.spec !== undefined)
      this.jobs.set(name, { ...job, spec: { ...job.spec, suspend: true, activeDeadlineSeconds: 1 } })
    return true
  }

  /** Guarded by the resourceVersion of the run that was planned on. */
  #writeStatus(status: PipelineRunStatus): boolean {
    if (this.#cache.run.metadata.resourceVersion !== this.run.metadata.resourceVersion) return false
    this.#witness.wrote?.(this.run.status, status)
    this.run = { ...this.run, status, metadata: this.#touch() }
    this.#cache = { ...this.#cache, run: this.run }
    return true
  }

  #touch(): PipelineRun['metadata'] {
    this.#version += 1
    return { ...this.run.metadata, resourceVersion: `${this.#version}` }
  }

  #podsOf({ metadata }: Job): Pod[] {
    return [...this.pods.values()].filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid)
  }

  #moveJob(job: Job): boolean {
    const move = moveJob(job, this.#podsOf(job), this.now)
    if (move?.kind === 'create') this.pods.set(move.pod.metadata.name ?? '', move.pod)
    if (move?.kind === 'delete') this.pods.delete(move.pod.metadata.name ?? '')
    if (move?.kind === 'end') this.jobs.set(job.metadata.name ?? '', move.job)
    return move !== undefined
  }

  #scriptOf(pod: Pod): PodScript {
    const step = pod.metadata.labels?.[labels.step] ?? ''
    const earlier = [...this.pods.values()].filter(
      (other) => other.metadata.labels?.[labels.step] === step && this.#order(other) < this.#order(pod),
    )
    return scriptOf(this.#script, step, earlier.length)
  }

  #movePod(pod: Pod): boolean {
    const status = movePod(pod, this.#scriptOf(pod), this.now)
    if (status !== undefined) this.pods.set(pod.metadata.name ?? '', { ...pod, status })
    return status !== undefined
  }

  /** The map keeps the order in which pods were made. */
  #order(pod: Pod): number {
    return [...this.pods.keys()].indexOf(pod.metadata.name ?? '')
  }
}

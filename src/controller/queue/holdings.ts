import type { PipelineRun } from '../../../crds/kinds.ts'
import { labels } from '../../../crds/labels.ts'
import { toLabelValue } from '../../../crds/names.ts'
import type { Plan } from '../../../crds/pipeline-run.ts'
import { listPlannedSteps } from '../../../crds/planned-steps.ts'
import { type Amounts, jobName, measurePod } from '../../engine/queue/demand.ts'
import { measurePlanned } from '../../engine/queue/planned.ts'
import { type Holding, nothing, withoutJob } from '../../engine/queue/quota-domains.ts'
import { findShare } from '../../engine/queue/share.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import { type Caches, indexes } from '../caches.ts'

/** Cached objects never change, so what was measured once stays true. */
const ofPods = new WeakMap<Pod, Amounts>()
const ofPlans = new WeakMap<Plan, ReadonlyMap<string, Amounts>>()

/** What steps have room for in these namespaces, as far as the caches show it. */
export function listHoldings(caches: Caches, namespaces: readonly string[]): readonly Holding[] {
  const hasPod = createPodCheck(caches)
  return namespaces.flatMap((namespace) => {
    const pods = caches.pods.getByIndex(indexes.active, namespace).map((pod) => holdPod(caches, pod))
    const jobs = caches.jobs.getByIndex(indexes.going, namespace).filter((job) => !hasPod(job))
    return [...pods, ...jobs.flatMap((job) => holdJob(caches, job))]
  })
}

/** Whether a Job's pod is there, now. A run may have a thousand of each: its pods are gone through once. */
function createPodCheck({ pods }: Caches): (job: Job) => boolean {
  const owners = new Map<string, ReadonlySet<string>>()
  return ({ metadata }) => {
    const run = metadata.labels?.[labels.runUid] ?? ''
    const known = owners.get(run) ?? new Set(pods.getByIndex(indexes.run, run).flatMap(listOwners))
    owners.set(run, known)
    return known.has(metadata.uid ?? '')
  }
}

function listOwners({ metadata }: Pod): readonly string[] {
  return (metadata.ownerReferences ?? []).flatMap(({ controller, uid }) => (controller === true ? [uid] : []))
}

function holdPod(caches: Caches, pod: Pod): Holding {
  const counted = ofPods.get(pod) ?? new Map([...measurePod(pod.spec ?? { containers: [] }), [jobName, 1_000_000_000n]])
  ofPods.set(pod, counted)
  return { ...describe(pod, findRun(caches, pod)), counted, pending: nothing }
}

/** A Job whose pod is about to be made. */
function holdJob(caches: Caches, job: Job): readonly Holding[] {
  const step = job.metadata.labels?.[labels.step] ?? ''
  const run = findRun(caches, job)
  const demand = run?.spec.plan === undefined ? undefined : measureLabelled(run.spec.plan).get(step)
  if (demand === undefined) return []
  return [{ ...describe(job, run), counted: new Map([[jobName, 1_000_000_000n]]), pending: withoutJob(demand) }]
}

function findRun({ runs }: Caches, { metadata }: Job | Pod): PipelineRun | undefined {
  return runs.getByIndex(indexes.uid, metadata.labels?.[labels.runUid] ?? '')[0]
}

function describe({ metadata }: Job | Pod, run: PipelineRun | undefined) {
  return {
    namespace: metadata.namespace ?? '',
    runUid: metadata.labels?.[labels.runUid] ?? '',
    share: run === undefined ? '' : findShare(run),
    priorityClass: run?.spec.plan?.priority?.className,
  }
}

/** By the label of the step. */
function measureLabelled(plan: Plan): ReadonlyMap<string, Amounts> {
  const known = ofPlans.get(plan)
  if (known !== undefined) return known
  const measured = new Map(listPlannedSteps(plan).map((step) => [toLabelValue(step.name), measurePlanned(step)]))
  ofPlans.set(plan, measured)
  return measured
}

/** What a step of the plan will count. */
export function measureStepOf(plan: Plan, step: string): Amounts {
  return measureLabelled(plan).get(toLabelValue(step)) ?? nothing
}

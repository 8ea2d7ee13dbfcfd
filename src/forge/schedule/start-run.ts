import type { PipelineConfig, PipelineRun } from '../../../crds/kinds.ts'
import { nameEventRun } from '../../../crds/names.ts'
import type { RunCause } from '../../engine/trigger/cause.ts'
import { findCauseProblem } from '../../engine/trigger/cause.ts'
import { toRejection } from '../../engine/trigger/refusal.ts'
import { type EventRun, type PlannedRun, planRuns, rejectRun } from '../../engine/trigger/render-run.ts'
import { isAlreadyExists } from '../../kube/kube-error.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { isRefusal, tellFailure } from '../intake/create-runs.ts'
import type { PartDeps } from '../part.ts'
import { findBranchHead } from './branch-head.ts'

/** Why a config is to be run once. */
export interface Occasion {
  readonly type: 'schedule' | 'request'
  /** The same text always is the same run of the config; for a request also of one that was deleted and made again. */
  readonly id: string
  /** What the run is said to come from, in place of a delivery. */
  readonly delivery: string
  /** The default branch when left out. */
  readonly branch?: string
  readonly triggeredBy?: string
}

/** What came of an occasion. */
export interface OccasionOutcome {
  /** The run, made now or before, or in its place one that tells why it cannot run. */
  readonly run?: string
  /** One sentence: why there is none, or why it cannot run. */
  readonly message?: string
  /** Where there is none: when trying again may help. */
  readonly retryAfterMs?: number
}

export type StartDeps = Pick<PartDeps, 'api' | 'caches' | 'clock' | 'openForge'>

/**
 * Makes the one run of the occasion, for the commit that the branch is at now. Its name is a function of config and occasion,
 * not of the commit: after a failure in between, the run that was made first stays the only one. Never throws.
 */
export async function startRun(deps: StartDeps, config: PipelineConfig, occasion: Occasion): Promise<OccasionOutcome> {
  try {
    const head = await findBranchHead(deps, config, occasion.branch)
    const cause = { type: occasion.type, commit: head.commit, branch: head.branch, delivery: occasion.delivery }
    const problem = findCauseProblem(cause)
    if (problem !== undefined) return { message: problem.message }
    return await create(deps, planRun(deps, { config, cause, occasion, connection: head.connection }))
  } catch (error) {
    const { message, retryAfterMs } = tellFailure(error)
    return { message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
}

interface Planned {
  readonly plan: PlannedRun
  readonly run: EventRun
  /** Name of the run that tells why it cannot run. */
  readonly rejectedName: string
}

interface Asked {
  readonly config: PipelineConfig
  readonly cause: RunCause
  readonly occasion: Occasion
  readonly connection: PipelineRunConnection
}
type PipelineRunConnection = Awaited<ReturnType<typeof findBranchHead>>['connection']

function planRun({ clock }: StartDeps, { config, cause, occasion, connection }: Asked): Planned {
  const { name = '', namespace = '', uid = '' } = config.metadata
  const origin = {
    namespace,
    now: clock.now(),
    ...(connection === undefined
      ? {}
      : { connection: connection.metadata.name ?? '', provider: connection.spec.provider }),
  }
  const [plan] = planRuns([{ name, spec: config.spec }], cause, origin)
  if (plan === undefined) throw new Error('one pipeline has one run')
  const { type, id, triggeredBy } = occasion
  // A token is in Git and outlives the config that is deleted and applied again; a moment is over by then.
  const owner = type === 'request' ? name : uid
  const identity = { pipeline: name, type, ref: '', commit: '', occasion: JSON.stringify([owner, id]) }
  const { run } = plan
  const spec = { ...run.spec, ...(triggeredBy === undefined ? {} : { triggeredBy }) }
  return {
    plan,
    run: { ...run, metadata: { ...run.metadata, name: nameEventRun(identity) }, spec },
    rejectedName: nameEventRun({ ...identity, isRejected: true }),
  }
}

async function create(deps: StartDeps, { plan, run, rejectedName }: Planned): Promise<OccasionOutcome> {
  try {
    return await store(deps, run)
  } catch (error) {
    if (!isRefusal(error)) throw error
    const rejection = toRejection(error.detail, plan.candidate)
    const rejected = rejectRun(plan, rejection)
    const stored = await store(deps, { ...rejected, metadata: { ...rejected.metadata, name: rejectedName } })
    return { message: rejection.message, ...stored }
  }
}

/** One that is there already is done, if it is ours: anybody who may create runs can work out the name, and take it. */
async function store({ api }: StartDeps, run: EventRun): Promise<OccasionOutcome> {
  const { namespace = '', name = '' } = run.metadata
  try {
    await api.create<PipelineRun>(resourceTypes.pipelineRun, run)
    return { run: name }
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const found = await api.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
    const { type, pipeline } = run.spec.event
    // Gone between the two calls: it was there, and somebody wanted it gone.
    const isOurs = found === undefined || (found.spec.event?.type === type && found.spec.event.pipeline === pipeline)
    return isOurs ? { run: name } : { message: `a run called ${name} exists that c8s did not make: delete it` }
  }
}

import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Rejection } from '../../../crds/parts/event.ts'
import { isBroken } from '../../engine/trigger/candidate.ts'
import type { Finding } from '../../engine/trigger/finding.ts'
import { toRejection } from '../../engine/trigger/refusal.ts'
import { type EventRun, type PlannedRun, rejectRun } from '../../engine/trigger/render-run.ts'
import { isAlreadyExists, KubeError } from '../../kube/kube-error.ts'
import type { KubeClient } from '../../kube/ports.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { isPassing, toFailure } from './failure.ts'
import { mapSideBySide } from './side-by-side.ts'

/** What came of one planned run. */
export interface Creation {
  readonly finding: Finding
  /** The run as it is stored, whoever stored it. */
  readonly stored?: PipelineRun
}

type Client = Pick<KubeClient, 'create' | 'get'>

const mostAtOnce = 10
/** Room comes back when old runs are deleted. */
const quotaRetryMs = 30_000

/**
 * Creates the runs. One that is there already is done; one that admission refuses becomes one that tells why. Never
 * throws, and doing it again does nothing twice.
 */
export function createRuns(client: Client, planned: readonly PlannedRun[]): Promise<readonly Creation[]> {
  return mapSideBySide(planned, mostAtOnce, async (plan) => {
    try {
      return await createRun(client, plan)
    } catch (error) {
      return { finding: tellFailure(error) }
    }
  })
}

async function createRun(client: Client, plan: PlannedRun): Promise<Creation> {
  const { candidate, run } = plan
  if (isBroken(candidate)) return tellRejected(await store(client, run), candidate.name, candidate.rejection)
  try {
    return tellStarted(await store(client, run))
  } catch (error) {
    if (!isRefusal(error)) throw error
    const rejection = toRejection(error.detail, candidate)
    return tellRejected(await store(client, rejectRun(plan, rejection)), candidate.name, rejection)
  }
}

interface Stored {
  readonly run: EventRun
  readonly isNew: boolean
}

async function store(client: Client, run: EventRun): Promise<Stored> {
  try {
    return { run: await client.create(resourceTypes.pipelineRun, run), isNew: true }
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return { run: await findExisting(client, run), isNew: false }
  }
}

/** A name can be worked out, and taken, by anybody who may create runs; spec.event only c8s can set. */
async function findExisting(client: Client, run: EventRun): Promise<EventRun> {
  const { namespace = '', name = '' } = run.metadata
  const existing = await client.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
  // Gone between the two calls: it was there, and somebody wanted it gone.
  if (existing === undefined) return run
  const { connection, pipeline } = run.spec.event
  const { event } = existing.spec
  if (event?.connection === connection && event?.pipeline === pipeline && existing.spec.commit === run.spec.commit)
    return existing as EventRun
  throw new NameTaken(
    `a run called ${name} exists that this event did not make: delete it, and send the delivery again`,
  )
}

class NameTaken extends Error {}

/** A no to this run that stands; what is wrong with our own rights, the namespace or its quota is none. */
export function isRefusal(error: unknown): error is KubeError {
  if (!(error instanceof KubeError) || isPassing(error) || error.status < 400 || error.status === 401) return false
  if (error.detail.startsWith('admission webhook "')) return true
  return error.status !== 404 && !(error.status === 403 && isOwnMatter(error.detail))
}

function isOwnMatter(detail: string): boolean {
  return /cannot create resource|is being terminated|exceeded quota/.test(detail)
}

/** What a thrown error comes to; room in a quota comes back. */
export function tellFailure(error: unknown): Finding {
  if (error instanceof NameTaken) return { verdict: 'Failed', reason: 'NameTaken', message: error.message }
  const finding = toFailure(error)
  if (!(error instanceof KubeError && /exceeded quota/.test(error.detail))) return finding
  return { ...finding, reason: 'QuotaExceeded', retryAfterMs: quotaRetryMs }
}

function tellStarted({ run, isNew }: Stored): Creation {
  const name = run.metadata.name ?? ''
  const told = isNew
    ? { reason: 'Started', message: `started ${name}` }
    : { reason: 'AlreadyStarted', message: `${name} was started before` }
  return { finding: { verdict: 'Started', ...told, runs: [name] }, stored: run }
}

/** It is started, too: its forge shows why it failed, and the delivery has done all it can. */
function tellRejected({ run }: Stored, pipeline: string, rejection: Rejection): Creation {
  const { reason, file, line } = rejection
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `
  const message = `${pipeline} cannot run: ${place}${rejection.message}`
  return { finding: { verdict: 'Started', reason, message, runs: [run.metadata.name ?? ''] }, stored: run }
}

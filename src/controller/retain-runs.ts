import type { PipelineRun } from '../../crds/kinds.ts'
import type { History } from '../../crds/parts/placement.ts'
import { findExpired } from '../engine/retention/expire.ts'
import { findFileHistory, parseHistoryKey, toHistoryKey } from '../engine/retention/history.ts'
import { isRunFinal } from '../engine/status/run-status.ts'
import { isConflict } from '../kube/kube-error.ts'
import { createWorkQueue } from '../kube/work-queue.ts'
import type { Instant } from '../lib/clock.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { indexes } from './caches.ts'
import { compactRun } from './compact-runs.ts'
import type { ControllerPart, PartInputs } from './parts.ts'

/** A burst of ends is looked at once. */
const gatherMs = 2000
/** Each run takes Jobs and pods along: no more than so many a second, of all histories together. */
const runsPerSecond = 5
/** Far moments are looked at again before they come; timers of Node take no longer ones. */
const longestWaitMs = 3_600_000

/**
 * Deletes ended runs beyond the limits of their histories, and compacts those that others own. What is to be done the caches know: nothing
 * is asked of the API server but to delete, and for the one run that is compacted.
 */
export function createRetentionPart(inputs: PartInputs): ControllerPart {
  const { caches, timers, log } = inputs
  const pace = createPace()
  const queue = createWorkQueue({
    timers,
    workers: 1,
    work: (key) => retainRuns(inputs, key, pace),
    onFault: (error, key, failures) => {
      if (Number.isInteger(Math.log2(failures)))
        log.warn(
          { err: error, history: key, failures },
          'old runs could not be deleted or compacted and will be tried again',
        )
    },
  })
  return {
    start: () => {
      caches.runs.onChange(({ kind, object }) => {
        const key = toHistoryKey(object)
        if (key !== undefined && kind !== 'removed' && isRunFinal(object.status?.phase)) queue.addAfter(key, gatherMs)
        // Its end may have been what its caller was kept for.
        const parent = object.spec.parent?.uid
        for (const run of parent === undefined ? [] : caches.runs.getByIndex(indexes.uid, parent)) {
          const parentKey = toHistoryKey(run)
          if (parentKey !== undefined && isRunFinal(run.status?.phase)) queue.addAfter(parentKey, gatherMs)
        }
      })
      caches.configs.onChange(({ kind, object: { metadata }, object, previous }) => {
        const isSame = JSON.stringify(previous?.spec.history) === JSON.stringify(object.spec.history)
        if (kind === 'removed' || isSame) return
        queue.addAfter(`${metadata.namespace ?? ''}/config/${metadata.name ?? ''}`, gatherMs)
      })
      queue.start()
    },
    stop: () => queue.stop(),
  }
}

/** How many may be deleted or compacted now. */
interface Pace {
  take(now: Instant): boolean
}

function createPace(): Pace {
  let second = Number.NEGATIVE_INFINITY
  let taken = 0
  return {
    take: (now) => {
      if (now - second >= 1000) [second, taken] = [now, 0]
      taken += 1
      return taken <= runsPerSecond
    },
  }
}

/** One pass over a history; gives back after how many milliseconds to look again. */
async function retainRuns(inputs: PartInputs, key: string, pace: Pace): Promise<number | undefined> {
  const { caches, clock } = inputs
  const runs = caches.runs.getByIndex(indexes.history, key)
  const { expired, compactable, recheckAt } = findExpired(runs, findHistory(inputs, key, runs), {
    now: clock.now(),
    hasOpenCalls: ({ metadata }) =>
      caches.runs.getByIndex(indexes.parent, metadata.uid ?? '').some(({ status }) => !isRunFinal(status?.phase)),
    hasListener: (run) => hasListener(inputs, run),
  })
  const work = [
    ...expired.map((run) => () => deleteRun(inputs, run)),
    ...compactable.map((run) => () => compactRun(inputs, run)),
  ]
  const rest = await workOff(work, () => pace.take(inputs.timers.now()))
  if (rest === 'later') return 1000
  return recheckAt === undefined ? undefined : Math.min(longestWaitMs, Math.max(gatherMs, recheckAt - clock.now()))
}

/** One that fails keeps none of the others waiting; its fault is thrown in the end, and the pass comes again a little later. */
async function workOff(work: readonly (() => Promise<void>)[], mayGoOn: () => boolean): Promise<'done' | 'later'> {
  const faults: unknown[] = []
  let rest: 'done' | 'later' = 'done'
  for (const step of work) {
    if (!mayGoOn()) {
      rest = 'later'
      break
    }
    await step().catch((error: unknown) => faults.push(error))
  }
  if (faults.length > 0) throw faults[0]
  return rest
}

function findHistory({ caches }: PartInputs, key: string, runs: readonly PipelineRun[]): History | undefined {
  const { namespace, config } = parseHistoryKey(key)
  return config === undefined ? findFileHistory(runs) : caches.configs.get({ namespace, name: config })?.spec.history
}

function hasListener({ caches }: PartInputs, { metadata, spec }: PipelineRun): boolean {
  const name = spec.event?.connection
  if (name === undefined) return false
  const connection = caches.connections.get({ namespace: metadata.namespace ?? '', name })
  return connection !== undefined && connection.spec.provider !== 'generic'
}

/** Only as it was seen: one that somebody has laid hands on since is looked at again. */
async function deleteRun({ api, log }: PartInputs, { metadata }: PipelineRun): Promise<void> {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = metadata
  try {
    await api.remove(resourceTypes.pipelineRun, { namespace, name }, { uid, resourceVersion })
    log.info({ run: `${namespace}/${name}` }, 'an old run was deleted')
  } catch (error) {
    // The change that is in the way comes by the watch, and brings the run here again.
    if (!isConflict(error)) throw error
  }
}

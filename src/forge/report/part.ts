import type { PipelineRun, RepositoryConnection } from '../../../crds/kinds.ts'
import { isEndReported, judgeReportState, reportIndexes, toReportKey } from '../../engine/report-state.ts'
import { isRunFinal } from '../../engine/status/run-status.ts'
import type { Change } from '../../kube/cache.ts'
import { createWorkQueue, type WorkQueue } from '../../kube/work-queue.ts'
import type { Instant } from '../../lib/clock.ts'
import { forgeWorkers, toConnectionLanes } from '../lanes.ts'
import type { Part, PartDeps } from '../part.ts'
import { type Comments, createComments } from './comments.ts'
import { createLines, type Lines } from './memory.ts'
import { release, type TellDeps, tellLine } from './tell.ts'

/** A run that begins goes through several states within a second, and only the last is worth a call. */
const gatherMs = 500

/**
 * Tells forges how runs of their commits are. Level-triggered: whatever a run's state is and its status.report does not say
 * is told, until the forge has taken it; how a run ends never depends on it.
 */
export function createReportPart(deps: PartDeps): Part {
  const lines = createLines()
  const comments = createComments(deps)
  const { clock } = deps
  const tell: TellDeps = { ...deps, lines, holds: new Map(), onTold: (run) => comments.note(run) }
  const queue = createWorkQueue({
    timers: deps.timers,
    workers: forgeWorkers,
    lanesOf: (key) => toConnectionLanes(findConnectionOfLine(deps, key)),
    work: (key) => tellLine(tell, key),
    onFault: (error, key, failures) => {
      if (Number.isInteger(Math.log2(failures)))
        deps.log.error({ err: error, line: key, failures }, 'a report failed and will be tried again')
    },
  })
  return {
    start: () => {
      deps.caches.runs.onChange((change) => routeRun({ queue, lines, comments, clock }, change))
      deps.caches.connections.onChange((change) => routeConnection({ tell, queue }, change))
      queue.start()
      comments.start()
    },
    stop: async () => {
      await Promise.all([queue.stop(), comments.stop()])
    },
  }
}

/** A line's key begins with its connection's. */
function findConnectionOfLine({ caches }: PartDeps, key: string): RepositoryConnection | undefined {
  const [namespace = '', name = ''] = key.slice(0, key.indexOf(' ')).split('/')
  return caches.connections.get({ namespace, name })
}

interface RunRoute extends Pick<PartDeps, 'clock'> {
  readonly queue: WorkQueue
  readonly lines: Lines
  readonly comments: Comments
}

function routeRun({ queue, lines, comments, clock }: RunRoute, change: Change<PipelineRun>): void {
  const { kind, object, previous } = change
  const key = toReportKey(object)
  if (key === undefined) return
  if (kind === 'removed' && !isEndReported(object)) lines.gone.set(key, object)
  if (previous !== undefined && judgeReportState(previous) !== judgeReportState(object)) comments.note(object)
  if (kind === 'added' && wasToldLately(object, clock.now())) comments.note(object)
  if (kind === 'removed' || isRunFinal(object.status?.phase)) queue.add(key)
  else queue.addAfter(key, gatherMs)
}

/** As long as a comment may have to wait for a forge that limits calls: the process that told the state may not have come to it. */
const latelyMs = 3_600_000

function wasToldLately({ status }: PipelineRun, now: Instant): boolean {
  return now - Date.parse(status?.report?.time ?? '') < latelyMs
}

interface ConnectionRoute {
  readonly tell: TellDeps
  readonly queue: WorkQueue
}

/** What waited for somebody to change something is tried at once: a new credential, another address, a connection made anew. */
function routeConnection(
  { tell: { caches, holds, lines }, queue }: ConnectionRoute,
  { kind, key: { namespace = '', name }, object, previous }: Change<RepositoryConnection>,
): void {
  const connection = `${namespace}/${name}`
  if (kind === 'removed') holds.delete(connection)
  if (kind === 'removed' || previous?.metadata.generation === object.metadata.generation) return
  release(holds, connection)
  for (const run of caches.runs.getByIndex(reportIndexes.untold, connection)) {
    const key = toReportKey(run)
    if (key === undefined) continue
    lines.retryStuck(key)
    queue.add(key)
  }
}

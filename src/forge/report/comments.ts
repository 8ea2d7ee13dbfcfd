import type { PipelineRun, RepositoryConnection } from '../../../crds/kinds.ts'
import { createWorkQueue, type WorkQueue } from '../../kube/work-queue.ts'
import { forgeWorkers, toConnectionLanes } from '../lanes.ts'
import type { PartDeps } from '../part.ts'
import { renderComment, toCommentKey } from './comment.ts'
import { planRetry } from './retry.ts'

export interface Comments {
  /** Something of the pull request of this run has changed; nothing to do for a run of none. */
  note(run: PipelineRun): void
  start(): void
  stop(): Promise<void>
}

/** Several pipelines of a commit begin and end together. */
const gatherMs = 2000
/** After that the comment stays as it is until there is news. */
const mostAttempts = 6
/** Texts that are remembered, so that the forge is not asked where nothing changed; the oldest go first. */
const mostTold = 1000

/** Keeps the comments of pull requests up to date where connections ask for them. No status waits for a comment. */
export function createComments(deps: PartDeps): Comments {
  const told = new Map<string, string>()
  const failures = new Map<string, number>()
  const queue: WorkQueue = createWorkQueue({
    timers: deps.timers,
    workers: forgeWorkers,
    lanesOf: (key) => toConnectionLanes(findConnectionOfComment(deps, key)),
    work: (key) => writeComment(deps, key, { told, failures }),
    onFault: (error, key) => deps.log.error({ err: error, comment: key }, 'a comment failed and will be tried again'),
  })
  return {
    note: (run) => {
      const key = toCommentKey(run)
      if (key !== undefined && findConnection(deps, run)?.spec.pullRequestComments === true) {
        queue.addAfter(key, gatherMs)
      }
    },
    start: () => queue.start(),
    stop: () => queue.stop(),
  }
}

/** The key of a comment begins with its connection's. */
function findConnectionOfComment({ caches }: PartDeps, key: string): RepositoryConnection | undefined {
  const [namespace = '', name = ''] = key.slice(0, key.lastIndexOf('#')).split('/')
  return caches.connections.get({ namespace, name })
}

interface CommentMemory {
  /** Text by key, as this process wrote it last. */
  readonly told: Map<string, string>
  /** Attempts in a row that failed, by key. */
  readonly failures: Map<string, number>
}

async function writeComment(deps: PartDeps, key: string, memory: CommentMemory): Promise<number | undefined> {
  const runs = deps.caches.runs.list().filter((run) => toCommentKey(run) === key)
  const comment = renderComment(runs, deps.settings.externalURL)
  const connection = runs[0] && findConnection(deps, runs[0])
  if (comment === undefined || connection?.spec.pullRequestComments !== true) {
    memory.told.delete(key)
    memory.failures.delete(key)
    return undefined
  }
  if (memory.told.get(key) === comment.text) return undefined
  try {
    const forge = await deps.openForge(connection)
    await forge.upsertComment(comment.number, comment.marker, comment.text)
    rememberTold(memory.told, key, comment.text)
    memory.failures.delete(key)
    return undefined
  } catch (error) {
    return failComment(deps, key, { memory, error })
  }
}

function rememberTold(told: CommentMemory['told'], key: string, text: string): void {
  told.delete(key)
  told.set(key, text)
  const [oldest] = told.keys()
  if (told.size > mostTold && oldest !== undefined) told.delete(oldest)
}

function failComment(
  { log, timers }: PartDeps,
  key: string,
  { memory, error }: { memory: CommentMemory; error: unknown },
): number | undefined {
  const failures = (memory.failures.get(key) ?? 0) + 1
  const retry = planRetry(error, failures, timers.random())
  log.warn({ err: error, comment: key, failures }, 'a comment was not written')
  if (retry.isLasting || failures >= mostAttempts) {
    memory.failures.delete(key)
    return undefined
  }
  memory.failures.set(key, failures)
  return retry.waitMs
}

function findConnection({ caches }: PartDeps, { metadata, spec }: PipelineRun): RepositoryConnection | undefined {
  return caches.connections.get({ namespace: metadata.namespace ?? '', name: spec.event?.connection ?? '' })
}

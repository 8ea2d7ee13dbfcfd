import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { type Change, toId, toKey } from '../../kube/cache.ts'
import { createWorkQueue } from '../../kube/work-queue.ts'
import { ForgeError } from '../forge.ts'
import { forgeWorkers, toConnectionLanes } from '../lanes.ts'
import type { Part, PartDeps } from '../part.ts'
import { describeBlind, describeLooked, foldHeadsCondition, type Standing } from './condition.ts'
import { planNextLook, toPollInterval } from './interval.ts'
import { lookAtHeads } from './look.ts'

/** After the start each connection is looked at within so much time for each that there is, at most: not all at once. */
const spreadMs = 500
const longestSpreadMs = 300_000
/** After it was made or changed: whoever does that may change it again. */
const soonMs = 2000
/** Blind looks in a row after which status tells. */
const tellAfter = 3

/** Compares the heads of every connection with those dealt with, for deliveries that were lost or never come. */
export function createHeadsPart(deps: PartDeps): Part {
  const { caches, timers, log } = deps
  const failures = new Map<string, number>()
  const stop = new AbortController()
  const queue = createWorkQueue({
    timers,
    workers: forgeWorkers,
    lanesOf: (key) => toConnectionLanes(findConnection(deps, key)),
    work: (key) => look({ ...deps, failures, isStopping: () => stop.signal.aborted }, key),
    onFault: (error, key) => log.error({ err: error, connection: key }, 'the heads of a connection were not compared'),
  })
  return {
    start() {
      const spread = Math.min(longestSpreadMs, spreadMs * caches.connections.list().length)
      let isStarting = true
      caches.connections.onChange((change) => {
        const key = toId(toKey(change.object))
        if (change.kind === 'removed') failures.delete(key)
        else if (isOfSpec(change)) queue.addAfter(key, (isStarting ? spread : soonMs) * timers.random())
      })
      isStarting = false
      queue.start()
    },
    async stop() {
      stop.abort()
      await queue.stop()
    },
  }
}

function isOfSpec({ kind, object, previous }: Change<RepositoryConnection>): boolean {
  return kind === 'added' || previous?.metadata.generation !== object.metadata.generation
}

function findConnection({ caches }: PartDeps, key: string): RepositoryConnection | undefined {
  const [namespace = '', name = ''] = key.split('/')
  return caches.connections.get({ namespace, name })
}

interface Looker extends PartDeps {
  /** By key: looks in a row after which something was left. */
  readonly failures: Map<string, number>
  readonly isStopping: () => boolean
}

/** Gives back after how many milliseconds to look again. */
async function look(looker: Looker, key: string): Promise<number | undefined> {
  const { settings, timers, failures } = looker
  const connection = findConnection(looker, key)
  if (connection === undefined || connection.metadata.deletionTimestamp !== undefined) return undefined
  const interval = toPollInterval(connection, settings)
  if (interval === 0) {
    tell(looker, connection, undefined)
    return undefined
  }
  const result = await tryLook(looker, connection, interval)
  const count = result.isDone ? 0 : (failures.get(key) ?? 0) + 1
  failures.set(key, count)
  if (result.isBlind && count >= tellAfter) tell(looker, connection, describeBlind(result.error))
  return planNextLook(interval, { ...result, failures: count }, timers.random())
}

interface Result {
  readonly isDone: boolean
  readonly isBlind: boolean
  readonly retryAfterMs?: number
  readonly error?: unknown
}

async function tryLook(looker: Looker, connection: RepositoryConnection, interval: number): Promise<Result> {
  try {
    const { isCut, retryAfterMs } = await lookAtHeads(looker, connection, looker.isStopping)
    tell(looker, connection, describeLooked(isCut, interval))
    if (retryAfterMs === undefined) return { isDone: true, isBlind: false }
    return { isDone: false, isBlind: false, retryAfterMs }
  } catch (error) {
    looker.log.warn({ err: error, connection: toId(toKey(connection)) }, 'the heads of a connection were not listed')
    const retryAfterMs = error instanceof ForgeError ? error.retryAfterMs : undefined
    return { isDone: false, isBlind: true, error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
}

function tell({ clock, connectionStatus }: Looker, connection: RepositoryConnection, standing: Standing | undefined) {
  const { metadata } = connection
  connectionStatus.update(connection, (fields) => foldHeadsCondition(fields, standing, { metadata, now: clock.now() }))
}

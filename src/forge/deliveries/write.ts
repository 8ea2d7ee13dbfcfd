import { createHash } from 'node:crypto'
import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { annotations } from '../../../crds/labels.ts'
import type { Delivery } from '../../../crds/repository-connection.ts'
import { isAlreadyExists, isTransient } from '../../kube/kube-error.ts'
import type { KubeWriter } from '../../kube/ports.ts'
import type { Timers } from '../../kube/timers.ts'
import { waitFor } from '../../kube/timers.ts'
import { type Clock, toTimestamp } from '../../lib/clock.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import type { Log } from '../../lib/log.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { DeliveryLog } from '../part.ts'
import { describeRow, mostRows, trimRow } from './row.ts'

export interface DeliveryLogDeps {
  readonly client: Pick<KubeWriter, 'create'>
  readonly clock: Clock
  readonly timers: Timers
  /** Who tells: c8s-server or c8s-controller. */
  readonly component: string
  readonly log: Log
}

/** Reason of the Events about connections that tell of deliveries. */
export const deliveryReason = 'Delivery'

/** What the runs of the same moment need of the API server goes first. */
const delayMs = 1000
/** Written at once. */
const parallelWrites = 8
/** Waiting ones beyond this are dropped, the oldest first. */
const mostWaiting = 1000
const attempts = 5
const firstRetryMs = 1000
const longestName = 253

interface Note {
  readonly connection: RepositoryConnection
  readonly row: Delivery
}

/**
 * Tells deliveries as Events about their connection, behind the back of whoever answers them. Of one connection no more wait
 * than status shows: a thousand deliveries in a few seconds are not a thousand Events.
 */
export function createDeliveryLog(deps: DeliveryLogDeps): DeliveryLog {
  const { timers, log } = deps
  const waiting: Note[] = []
  // Those of the last rounds: what comes meanwhile waits for the next, so that a long burst is bounded as well.
  const ready: Note[] = []
  const writing = new Set<Promise<void>>()
  const stop = new AbortController()
  let cancelTimer: (() => void) | undefined
  let lost = 0

  const lose = (fields: object): void => {
    lost += 1
    // Not each: an outage of the API server would fill the log.
    if (Number.isInteger(Math.log2(lost))) log.warn({ ...fields, lost }, 'a delivery was not told as an Event')
  }
  const pump = (): void => {
    while (writing.size < parallelWrites) {
      const note = ready.shift()
      if (note === undefined) return
      const write = writeEvent(deps, note, stop.signal)
        .catch((error: unknown) => lose({ err: error }))
        .finally(() => {
          writing.delete(write)
          pump()
        })
      writing.add(write)
    }
  }
  const writeRound = (): void => {
    cancelTimer = undefined
    ready.push(...waiting.splice(0))
    pump()
  }
  return {
    note: (connection, delivery) => {
      makeRoom(waiting, connection)
      if (waiting.length + ready.length >= mostWaiting) {
        const oldest = ready.length > 0 ? ready : waiting
        oldest.shift()
        lose({})
      }
      waiting.push({ connection, row: trimRow(delivery) })
      cancelTimer ??= timers.after(delayMs, writeRound)
    },
    drain: async () => {
      cancelTimer?.()
      // One try each from now on.
      stop.abort()
      writeRound()
      while (writing.size > 0) await Promise.race(writing)
    },
  }
}

/** The oldest row of the connection goes where as many wait as status shows. */
function makeRoom(waiting: Note[], connection: RepositoryConnection): void {
  const { uid } = connection.metadata
  const isSame = (note: Note) => note.connection.metadata.uid === uid
  if (waiting.filter(isSame).length < mostRows) return
  waiting.splice(waiting.findIndex(isSame), 1)
}

async function writeEvent(deps: DeliveryLogDeps, note: Note, stop: AbortSignal): Promise<void> {
  const { client, timers } = deps
  const event = renderEvent(note, deps)
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.create(resourceTypes.event, event)
      return
    } catch (error) {
      if (isAlreadyExists(error)) return
      if (!isTransient(error) || attempt === attempts || stop.aborted) throw error
      await waitFor(timers, firstRetryMs * 2 ** (attempt - 1) * (0.5 + timers.random() / 2), stop)
    }
  }
}

function renderEvent({ connection, row }: Note, { clock, component }: DeliveryLogDeps): KubeObject {
  const { name = '', namespace = '', uid = '' } = connection.metadata
  const { group, version, kind } = resourceTypes.repositoryConnection
  const now = toTimestamp(clock.now())
  const message = describeRow(row)
  const event = {
    metadata: {
      namespace,
      name: toEventName(name, [uid, component, row]),
      annotations: { [annotations.delivery]: JSON.stringify(row) },
    },
    involvedObject: { apiVersion: `${group}/${version}`, kind, namespace, name, uid },
    type: row.verdict === 'Failed' || row.verdict === 'Refused' ? 'Warning' : 'Normal',
    reason: deliveryReason,
    message: message.length > 1024 ? `${message.slice(0, 1023)}…` : message,
    source: { component },
    reportingComponent: component,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  }
  return event
}

/** The same for the same row, so that a repeated create finds the Event that is there. */
function toEventName(name: string, content: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16)
  return `${name.slice(0, longestName - hash.length - 1).replace(/[^a-z0-9]+$/, '')}.${hash}`
}

import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { annotations } from '../../../crds/labels.ts'
import type { Delivery } from '../../../crds/repository-connection.ts'
import { createInformer } from '../../kube/informer.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { Part, PartDeps } from '../part.ts'
import { foldDeliveries, foldRows } from './fold.ts'
import { parseRow } from './row.ts'
import { deliveryReason } from './write.ts'

/** Components whose Events count. Whoever may create Events can claim to be one: rows are shown, and decide nothing. */
const deliveryComponents = ['c8s-server', 'c8s-controller'] as const

interface DeliveryEvent extends KubeObject {
  readonly involvedObject?: { readonly name?: string; readonly uid?: string }
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
}

interface Gathered {
  readonly connection: RepositoryConnection
  readonly rows: readonly Delivery[]
}

const select = {
  fieldSelector: `involvedObject.kind=${resourceTypes.repositoryConnection.kind},reason=${deliveryReason}`,
}
/** Clocks of the replicas may differ by this much. */
const clockToleranceMs = 300_000
/** Rows of one moment are one change of status. */
const gatherMs = 500

/** Folds what the receivers' replicas told of deliveries into status.deliveries and status.lastEvent of their connection. */
export function createDeliveriesPart(deps: PartDeps): Part {
  const { api, timers, log, clock, connectionStatus } = deps
  const due = new Map<string, Gathered>()
  let cancelTimer: (() => void) | undefined
  const foldDue = (): void => {
    cancelTimer = undefined
    for (const { connection, rows } of due.values()) {
      connectionStatus.update(connection, (fields) => foldDeliveries(fields, rows))
    }
    due.clear()
  }
  const gather = (event: DeliveryEvent): void => {
    const connection = findConnection(deps, event)
    const row = readRow(event)
    if (connection === undefined || row === undefined) return
    // It would be the newest for good.
    if (Date.parse(row.time) > clock.now() + clockToleranceMs) return
    const { uid = '' } = connection.metadata
    due.set(uid, { connection, rows: foldRows(due.get(uid)?.rows ?? [], [row]) })
    cancelTimer ??= timers.after(gatherMs, foldDue)
  }
  const events = createInformer<DeliveryEvent>({
    source: api,
    type: resourceTypes.event,
    select,
    timers,
    // Read on the way in, and only then: whoever may create Events must not fill this process's memory with text.
    transform: (event) => {
      gather(event)
      return keepNames(event)
    },
    onFault: (error) => log.warn({ err: error }, 'the watch for deliveries failed and will be tried again'),
  })
  return {
    start: () => events.start(),
    stop: async () => {
      cancelTimer?.()
      await events.stop()
    },
  }
}

/** The one that the Event is about, which must lie where the Event does. */
function findConnection({ caches }: PartDeps, event: DeliveryEvent): RepositoryConnection | undefined {
  const { metadata, involvedObject } = event
  const { namespace = '' } = metadata
  const found = caches.connections.get({ namespace, name: involvedObject?.name ?? '' })
  return found?.metadata.uid === involvedObject?.uid ? found : undefined
}

function readRow({ metadata, source, reportingComponent }: DeliveryEvent): Delivery | undefined {
  const isOurs = deliveryComponents.some((ours) => ours === source?.component && ours === reportingComponent)
  return isOurs ? parseRow(metadata.annotations?.[annotations.delivery]) : undefined
}

function keepNames({ metadata }: DeliveryEvent): DeliveryEvent {
  const { namespace = '', name = '' } = metadata
  return { metadata: { namespace, name } }
}

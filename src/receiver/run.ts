import { randomBytes } from 'node:crypto'
import type { DeliveryLog, Intake } from '../forge/part.ts'
import type { KubeReader, KubeWatcher } from '../kube/ports.ts'
import { type Timers, waitFor } from '../kube/timers.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { IncomingProvider } from '../vcs/incoming/provider.ts'
import { createReceiver } from './app.ts'
import { createConnections } from './connections.ts'
import { createGate } from './gate.ts'
import { createHealthListener, type Listening, listen } from './listen.ts'
import { createDeliveryMetrics } from './metrics.ts'
import { createRateLimit, type Rate } from './rate-limit.ts'
import { createThrottle } from './throttle.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { createWebhookSecrets } from './webhook-secrets.ts'

export interface ReceiverRole {
  /** Reads should end within 3 s: forges wait for 10. */
  readonly api: Pick<KubeReader, 'get'> & KubeWatcher
  readonly providers: readonly IncomingProvider[]
  readonly intake: Intake
  readonly deliveries: DeliveryLog
  /** Of each repository. */
  readonly rate: Rate
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  /** 0 takes any free port. */
  readonly port: number
  readonly healthPort: number
  /** How long to go on as before after being told to stop, until no Service leads here any more. */
  readonly drainMs: number
}

export interface RunningReceiver {
  readonly port: number
  readonly healthPort: number
  /** Resolves when what was under way has ended, or after 25 s. */
  stop(): Promise<void>
}

/**
 * Turned into runs at once: more would only make the API server slower for each. With the wait, forges have an answer in 10 s. A
 * namespace whose forge answers slowly does not hold up the others.
 */
const intakeLimits = { running: 64, runningOfOne: 48, waiting: 1000, waitMs: 4000 } as const
const noteEveryMs = 60_000
/** With the drain before and the last Events after it well below 25 s. */
const finishLimitMs = 14_000
const lastEventsMs = 3000

/** The receiver of deliveries: ready once it knows the connections. It holds no state: any number of replicas may run. */
export async function runReceiver(role: ReceiverRole): Promise<RunningReceiver> {
  const { api, timers, log, deliveries } = role
  const metrics = createDeliveryMetrics()
  const traffic = createTraffic(timers)
  const onFault = (error: unknown) =>
    log.warn({ err: error }, 'the watch for connections failed and will be tried again')
  const connections = createConnections({ source: api, timers, onFault })
  const { informer } = connections
  let isDraining = false
  const app = createReceiver({
    ...role,
    connections,
    traffic,
    metrics,
    secrets: createWebhookSecrets(api, timers),
    decoySecret: randomBytes(32).toString('hex'),
    gate: createGate(intakeLimits, timers),
    rateLimit: createRateLimit(role.rate, timers),
    mayTell: createThrottle(noteEveryMs, timers),
    isReady: () => informer.hasSynced(),
  })
  const renderMetrics = () =>
    metrics.render({
      c8s_deliveries_in_flight: traffic.inFlight,
      c8s_delivery_body_bytes: traffic.budget.heldBytes,
      c8s_connections: informer.list().length,
    })
  const isReady = () => informer.hasSynced() && !isDraining
  const health = await listen(
    createHealthListener({ isReady, silentForMs: () => informer.silentForMs(), renderMetrics }),
    role.healthPort,
  )
  informer.start()
  const server = await listen(app, role.port)
  return {
    port: server.port,
    healthPort: health.port,
    stop: async () => {
      isDraining = true
      await waitFor(timers, role.drainMs)
      await finish(server, traffic, timers)
      await Promise.race([deliveries.drain(), waitFor(timers, lastEventsMs)])
      await informer.stop()
      health.close()
      health.cut()
    },
  }
}

async function finish(server: Listening, traffic: Traffic, timers: Timers): Promise<void> {
  traffic.refuseNew()
  server.close()
  const limit = new AbortController()
  await Promise.race([traffic.whenIdle(), waitFor(timers, finishLimitMs, limit.signal)])
  limit.abort()
  server.cut()
}

import type { AddressInfo } from 'node:net'
import { defaultSettings, type EngineSettings } from '../engine/snapshot.ts'
import { fenceClient } from '../kube/fence.ts'
import { createElection } from '../kube/lease.ts'
import type { KubeApi } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createController } from './controller.ts'
import { createHealthServer } from './health.ts'
import type { CreatePart } from './parts.ts'
import { controllerLease } from './permissions.ts'

export interface RoleDeps {
  readonly api: KubeApi
  /** With a short timeout, for the lease. */
  readonly leaseApi: KubeApi
  readonly timers: Timers
  readonly clock: Clock
  readonly log: Log
  /** Unique to this process. */
  readonly identity: string
  readonly lease?: { readonly namespace: string; readonly name: string }
  /** 0 for any. */
  readonly healthPort: number
  readonly settings?: EngineSettings
  /** What else runs while this process leads. */
  readonly parts?: readonly CreatePart[]
  /** Another process may lead from now on: this one has to end without another write. */
  readonly onLost: (reason: string) => void
}

export interface RunningController {
  readonly healthPort: number
  stop(): Promise<void>
}

/**
 * The controller role: watches and works while it holds the lease. One that waits for the lease watches nothing: all that it heard would be
 * parsed for nobody, and who takes over has listed anew long before a lost lease has run out.
 */
export async function runController(deps: RoleDeps): Promise<RunningController> {
  const { api, log, timers, clock, settings = defaultSettings, parts = [] } = deps
  const election = createElection({
    client: deps.leaseApi,
    key: deps.lease ?? controllerLease,
    identity: deps.identity,
    timers,
    clock,
    onStarted: () => {
      log.info({ identity: deps.identity }, 'leading')
      controller.start()
      controller.lead()
    },
    onLost: deps.onLost,
    onFault: (error) => log.warn({ err: error }, 'the lease could not be renewed'),
  })
  const fenced: KubeApi = {
    ...fenceClient(api, () => election.isLeading()),
    listPages: (...given) => api.listPages(...given),
    watch: (...given) => api.watch(...given),
  }
  const controller = createController({ api: fenced, clock, timers, settings, log, parts })
  const health = createHealthServer({
    isReady: () => !election.isLeading() || controller.isReady(),
    silentForMs: () => (election.isLeading() ? controller.silentForMs() : 0),
  })
  await new Promise<void>((resolve, reject) => health.once('error', reject).listen(deps.healthPort, resolve))
  election.start()
  return {
    healthPort: (health.address() as AddressInfo).port,
    stop: async () => {
      await controller.stop()
      await election.stop()
      health.close()
      health.closeAllConnections()
    },
  }
}

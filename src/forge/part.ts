import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import type { Delivery } from '../../crds/repository-connection.ts'
import type { Informer } from '../kube/informer.ts'
import type { KubeApi } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Clock } from '../lib/clock.ts'
import type { ForgeEvent } from '../lib/forge-event.ts'
import type { Log } from '../lib/log.ts'
import type { Forge } from './forge.ts'
import type { ConnectionStatusWriter } from './status.ts'

/** What an installation can set. */
export interface ForgeSettings {
  /** Where forges and people reach the server role, without a slash at the end. */
  readonly externalURL: string
  /** How often heads are compared where the connection does not say, in milliseconds; 0 for never. */
  readonly pollIntervalMs: number
}

/** Reads the connection's credential and says how its forge is reached. Throws ForgeError. */
export type OpenForge = (connection: RepositoryConnection) => Promise<Forge>

/** What came of an event; what a delivery's row in status tells. */
export interface Outcome extends Pick<Delivery, 'verdict' | 'reason'> {
  /** One sentence. */
  readonly message: string
  readonly commit?: string
  /** Names of runs started or stopped. */
  readonly runs: readonly string[]
  /** With verdict Failed: when trying again may help. Absent where it cannot. */
  readonly retryAfterMs?: number
}

/** Turns an event of a connection's repository into runs, exactly once however often it is told. Does not throw. */
export interface Intake {
  handle(connection: RepositoryConnection, event: ForgeEvent): Promise<Outcome>
}

/** Notes what came of a delivery where people find it. Never throws, never waits for the API server. */
export interface DeliveryLog {
  note(connection: RepositoryConnection, delivery: Delivery): void
  drain(): Promise<void>
}

/** What the controller role gives to each part; only the leader's writes get through. */
export interface PartDeps {
  readonly api: KubeApi
  readonly caches: {
    readonly runs: Informer<PipelineRun>
    readonly configs: Informer<PipelineConfig>
    readonly connections: Informer<RepositoryConnection>
  }
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  readonly settings: ForgeSettings
  readonly openForge: OpenForge
  readonly intake: Intake
  readonly deliveries: DeliveryLog
  /** The only writer of what the forge side owns of a connection's status. */
  readonly connectionStatus: ConnectionStatusWriter
}

/** Work of the controller role beside the runs themselves: started once this process leads and the caches are filled. */
export interface Part {
  start(): void
  stop(): Promise<void>
}

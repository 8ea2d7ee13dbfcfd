import type { KubeConnection } from './connection.ts'
import type { KubeApi } from './ports.ts'
import { createReader } from './reader.ts'
import { systemTimers, type Timers } from './timers.ts'
import { createWatcher } from './watch.ts'
import { createWriter } from './writer.ts'

export interface ClientOptions {
  /** For each call, its waits after 429 included. Admission takes less than its webhook's timeout. */
  readonly timeoutMs?: number
  /** Who owns the fields that are written: the same name over restarts and versions. */
  readonly fieldManager?: string
  readonly timers?: Timers
}

const defaultTimeoutMs = 30_000

/** The cluster as KubeClient and KubeWatcher: raw JSON over the connection's pool. Cheap: make one for each timeout. */
export function createKubeClient(connection: KubeConnection, options: ClientOptions = {}): KubeApi {
  const shell = {
    connection,
    fieldManager: options.fieldManager ?? 'c8s',
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    timers: options.timers ?? systemTimers,
  }
  return { ...createReader(shell), ...createWriter(shell), ...createWatcher(shell) }
}

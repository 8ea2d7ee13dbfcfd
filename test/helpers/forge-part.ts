import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { reportIndexFunctions } from '../../src/engine/report-state.ts'
import type { PartDeps } from '../../src/forge/part.ts'
import { createConnectionStatus } from '../../src/forge/status.ts'
import { createInformer } from '../../src/kube/informer.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers, type Timers } from '../../src/kube/timers.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

export interface StartedPart {
  readonly deps: PartDeps
  /** What was logged. */
  readonly lines: readonly string[]
  /** Ends the caches; stop the part first. */
  stop(): Promise<void>
}

interface PartOptions extends Partial<Pick<PartDeps, 'openForge' | 'intake' | 'deliveries' | 'settings'>> {
  readonly kube: KubeApi
  readonly timers?: Timers
}

const missing = (what: string) => () => {
  throw new Error(`this test gives no ${what}`)
}

/** What the controller role gives to a part of the forge side, with its caches filled. */
export async function createPartDeps({ kube, timers = systemTimers, ...given }: PartOptions): Promise<StartedPart> {
  const lines: string[] = []
  const note = (fields: object, message: string) => lines.push(`${message} ${JSON.stringify(fields)}`)
  const log = { info: note, warn: note, error: note }
  const shared = { source: kube, timers, onFault: (error: unknown) => lines.push(String(error)) }
  const caches = {
    runs: createInformer<PipelineRun>({
      ...shared,
      type: resourceTypes.pipelineRun,
      indexes: reportIndexFunctions,
    }),
    configs: createInformer<PipelineConfig>({ ...shared, type: resourceTypes.pipelineConfig }),
    connections: createInformer<RepositoryConnection>({ ...shared, type: resourceTypes.repositoryConnection }),
  }
  const all = [caches.runs, caches.configs, caches.connections]
  for (const cache of all) cache.start()
  await Promise.all(all.map((cache) => cache.whenSynced()))
  const connectionStatus = createConnectionStatus({ client: kube, connections: caches.connections, timers, log })
  const deps: PartDeps = {
    api: kube,
    caches,
    clock: systemClock,
    timers,
    log,
    settings: { externalURL: 'https://c8s.test', pollIntervalMs: 300_000 },
    openForge: missing('forge'),
    intake: { handle: missing('intake') },
    deliveries: { note: missing('delivery log'), drain: async () => undefined },
    connectionStatus,
    ...given,
  }
  return {
    deps,
    lines,
    stop: async () => {
      await connectionStatus.drain()
      await Promise.all(all.map((cache) => cache.stop()))
    },
  }
}

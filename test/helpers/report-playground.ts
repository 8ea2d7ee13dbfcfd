import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { Report, RunEvent } from '../../crds/parts/event.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import type { RepositoryConnectionSpec } from '../../crds/repository-connection.ts'
import { trimRun } from '../../src/controller/trim-run.ts'
import { reportIndexFunctions } from '../../src/engine/report-state.ts'
import type { Part, PartDeps } from '../../src/forge/part.ts'
import { createReportPart } from '../../src/forge/report/part.ts'
import { createInformer } from '../../src/kube/informer.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { makeMortal } from './controller-playground.ts'
import { FakeKube, type FakeKubeOptions } from './fake-kube.ts'
import { FakeTimers, settle } from './fake-timers.ts'
import { makeGroupRun } from './group-run.ts'
import { createMemoryForge, type MemoryForge, type MemoryForgeOptions } from './memory-forge.ts'

const namespace = 'team'
const epoch = Date.parse('2026-01-01T00:00:00Z')

export interface NewRun {
  readonly commit?: string
  readonly event?: Partial<RunEvent>
}

/** An API server, a forge and a part that tells it, all in memory; time passes only when told. */
export class ReportPlayground {
  readonly timers = new FakeTimers()
  readonly kube: FakeKube
  readonly memory: MemoryForge
  readonly warnings: string[] = []
  #die: () => void = () => {}
  #part: Part | undefined
  #stopWatching: () => Promise<unknown> = () => Promise.resolve()

  constructor(forge: MemoryForgeOptions = {}, kube: FakeKubeOptions = {}) {
    this.kube = new FakeKube({ now: () => epoch + this.timers.now(), ...kube })
    this.memory = createMemoryForge(forge)
  }

  async connect(spec: Partial<RepositoryConnectionSpec> = {}): Promise<void> {
    const base = { repository: 'https://git.example/r', provider: 'gitea' as const }
    const type = resourceTypes.repositoryConnection
    await this.kube.create<RepositoryConnection>(type, {
      metadata: { namespace, name: 'app' },
      spec: { ...base, ...spec },
    })
    await this.pass(0)
  }

  /** A process of its own, which watches, leads and tells. */
  async start(): Promise<void> {
    const mortal = makeMortal(this.kube)
    let isDead = false
    this.#die = () => {
      isDead = true
      mortal.die()
    }
    const { timers } = this
    const source = { listPages: this.kube.listPages.bind(this.kube), watch: this.kube.watch.bind(this.kube) }
    const caches = {
      runs: createInformer<PipelineRun>({
        source,
        type: resourceTypes.pipelineRun,
        timers,
        transform: trimRun,
        indexes: reportIndexFunctions,
      }),
      connections: createInformer<RepositoryConnection>({ source, type: resourceTypes.repositoryConnection, timers }),
      configs: createInformer<PipelineConfig>({ source, type: resourceTypes.pipelineConfig, timers }),
    }
    for (const cache of Object.values(caches)) cache.start()
    await Promise.all(Object.values(caches).map((cache) => cache.whenSynced()))
    this.#stopWatching = () => Promise.all(Object.values(caches).map((cache) => cache.stop()))
    const note = (fields: object, message: string) => this.warnings.push(`${message} ${JSON.stringify(fields)}`)
    const deps = {
      api: mortal.api,
      caches,
      timers,
      clock: { now: () => epoch + timers.now() },
      log: { info: note, warn: note, error: note },
      settings: { externalURL: 'https://c8s.example', pollIntervalMs: 0 },
      openForge: () => (isDead ? new Promise(() => {}) : Promise.resolve(this.memory.forge)),
    } as Partial<PartDeps> as PartDeps
    this.#part = createReportPart(deps)
    this.#part.start()
    await this.pass(0)
  }

  /** The process is gone from one moment to the next, and another one starts. */
  async restart(): Promise<void> {
    this.#die()
    await this.start()
  }

  /** From now on the process sees nothing new. */
  async stopWatching(): Promise<void> {
    await this.#stopWatching()
  }

  async stop(): Promise<void> {
    await this.#part?.stop()
  }

  async pass(milliseconds: number): Promise<void> {
    await this.timers.advance(milliseconds)
    for (let turn = 0; turn < 12; turn += 1) await settle()
    await this.timers.advance(0)
  }

  async create(name: string, { commit = 'a'.repeat(40), event = {} }: NewRun = {}): Promise<void> {
    const { spec } = makeGroupRun({ name, commit, event })
    await this.kube.create<PipelineRun>(resourceTypes.pipelineRun, { metadata: { namespace, name }, spec })
  }

  /** As the controller applies it. */
  async setStatus(name: string, status: PipelineRunStatus): Promise<void> {
    const body = { apiVersion, kind: 'PipelineRun', metadata: { namespace, name }, status }
    await this.kube.apply(resourceTypes.pipelineRun, body, {
      subresource: 'status',
      force: true,
      fieldManager: 'c8s-controller',
    })
  }

  /** As another process would have told. */
  async setReport(name: string, report: Report): Promise<void> {
    const body = { apiVersion, kind: 'PipelineRun', metadata: { namespace, name }, status: { report } }
    await this.kube.apply(resourceTypes.pipelineRun, body, {
      subresource: 'status',
      force: true,
      fieldManager: 'c8s-report',
    })
  }

  async read(name: string): Promise<PipelineRun | undefined> {
    return this.kube.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
  }

  async remove(name: string): Promise<void> {
    await this.kube.remove(resourceTypes.pipelineRun, { namespace, name })
  }

  /** State and description of all that was told. */
  tellings(): readonly string[] {
    return this.memory.reports.map(({ state, description }) => `${state}: ${description}`)
  }
}

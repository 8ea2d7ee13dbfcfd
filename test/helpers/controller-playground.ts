import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { type Controller, createController } from '../../src/controller/controller.ts'
import type { CreatePart } from '../../src/controller/parts.ts'
import { defaultSettings } from '../../src/engine/snapshot.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { makeRun } from './arbitrary-run.ts'
import { ClusterPlayer } from './cluster-player.ts'
import { FakeKube, type FakeKubeOptions } from './fake-kube.ts'
import type { Script } from './simulated-cluster/script.ts'

export const namespace = 'team'

export function makeStep(name: string, ...dependsOn: string[]): Step {
  return { name, image: 'node:24', commands: ['true'], dependsOn }
}

export const diamond: readonly Step[] = [
  makeStep('lint'),
  makeStep('unit', 'lint'),
  makeStep('integration', 'lint'),
  makeStep('build', 'unit', 'integration'),
]

/** A controller on a cluster in memory, with somebody who plays Job controller and kubelet. */
export class ControllerPlayground {
  readonly kube: FakeKube
  /** What was logged. */
  readonly lines: string[] = []
  readonly #player: ClusterPlayer
  readonly #controllers: Controller[] = []

  constructor(script: Script = {}, options: FakeKubeOptions = {}) {
    this.kube = new FakeKube(options)
    this.#player = new ClusterPlayer({ api: this.kube, namespace, script, pauseMs: 2 })
    this.#player.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#player.stop(), ...this.#controllers.map((controller) => controller.stop())])
  }

  startController(api: KubeApi = this.kube, parts: readonly CreatePart[] = []): Controller {
    const note = (fields: object, message: string) => this.lines.push(`${message} ${JSON.stringify(fields)}`)
    const log = { info: note, warn: note, error: note }
    const settings = defaultSettings
    const controller = createController({ api, clock: systemClock, timers: systemTimers, settings, log, parts })
    this.#controllers.push(controller)
    controller.start()
    controller.lead()
    return controller
  }

  createRun(steps: readonly Step[], name = 'run', more: Partial<Plan> = {}): Promise<PipelineRun> {
    const plan: Plan = {
      repository: 'https://git.example/r',
      steps: [...steps],
      timeoutSeconds: 600,
      clone: { depth: 1, submodules: false },
      ...more,
    }
    return this.kube.create<PipelineRun>(resourceTypes.pipelineRun, { ...makeRun(plan), metadata: { name, namespace } })
  }

  async readRun(name = 'run', inNamespace = namespace): Promise<PipelineRun> {
    const run = await this.kube.get<PipelineRun>(resourceTypes.pipelineRun, { namespace: inNamespace, name })
    if (run === undefined) throw new Error(`no run ${name}`)
    return run
  }

  waitForRun(until: (run: PipelineRun) => boolean, name = 'run'): Promise<PipelineRun> {
    return waitFor(async () => {
      const run = await this.readRun(name)
      return until(run) ? run : undefined
    })
  }

  waitForRunIn(other: string, name: string, until: (run: PipelineRun) => boolean): Promise<PipelineRun> {
    return waitFor(async () => {
      const run = await this.readRun(name, other)
      return until(run) ? run : undefined
    })
  }

  waitForEnd(name = 'run'): Promise<PipelineRun> {
    return this.waitForRun(({ status }) => status?.completionTime !== undefined, name)
  }

  /** Steps whose Jobs were asked for, in order, those that were refused too. */
  listCreations(): readonly string[] {
    const jobs = this.kube.requests.filter(({ verb, type }) => verb === 'create' && type.plural === 'jobs')
    return jobs.map(({ object }) => (object as KubeObject).metadata.labels?.[labels.step] ?? '')
  }

  async listEvents(): Promise<readonly string[]> {
    const events = await this.kube.list<KubeObject & { reason: string }>(resourceTypes.event, { namespace })
    return events.items.map(({ reason }) => reason)
  }
}

/** Looks until there is something. The limit ends what never comes; status that can wait is held back for seconds. */
export async function waitFor<T>(look: () => Promise<T | undefined>, limitMs = 15_000): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited for ${limitMs} ms in vain`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const gone = () => new KubeError('call', { status: 0, reason: 'Killed', detail: 'this process is dead' })

/** An API whose user can be killed: from then on nothing it asks for happens. */
export function makeMortal(api: KubeApi): { readonly api: KubeApi; die(): void } {
  let isDead = false
  const guard = <R>(call: () => Promise<R>): Promise<R> => (isDead ? Promise.reject(gone()) : call())
  return {
    die: () => {
      isDead = true
    },
    api: {
      get: (...given) => guard(() => api.get(...given)),
      getMetadata: (...given) => guard(() => api.getMetadata(...given)),
      list: (...given) => guard(() => api.list(...given)),
      listPages: (...given) => api.listPages(...given),
      watch: (...given) => api.watch(...given),
      create: (...given) => guard(() => api.create(...given)),
      replace: (...given) => guard(() => api.replace(...given)),
      patch: (...given) => guard(() => api.patch(...given)),
      apply: (...given) => guard(() => api.apply(...given)),
      remove: (...given) => guard(() => api.remove(...given)),
    },
  }
}

import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { apiVersion, labels } from '../../crds/labels.ts'
import { toLabelValue } from '../../crds/names.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { freezePlan } from '../../crds/plan.ts'
import type { RepositoryConnectionSpec } from '../../crds/repository-connection.ts'
import { createIntake } from '../../src/forge/intake/intake.ts'
import type { Outcome } from '../../src/forge/part.ts'
import type { KubeClient } from '../../src/kube/ports.ts'
import { systemTimers, type Timers } from '../../src/kube/timers.ts'
import type { ForgeEvent } from '../../src/lib/forge-event.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { AnsweringForge } from './answering-forge.ts'
import { FakeKube, type FakeKubeOptions } from './fake-kube.ts'

export const repository = 'https://git.test/team/app'
const namespace = 'team'

/** A `.c8s.yaml`; `more` are further lines of the top level. */
export const aFile = (name: string, more = ''): string =>
  `version: v1alpha1\nname: ${name}\n${more}steps:\n  - name: test\n    image: busybox:1.37\n    commands: ["true"]\n`

/** One whose step uses a Secret, so that a fork's run waits. */
export const aSecretFile = (name: string): string =>
  `${aFile(name)}    secrets: [{secretRef: token, key: token, envVar: TOKEN}]\n`

interface WorldOptions extends FakeKubeOptions {
  readonly connection?: Partial<RepositoryConnectionSpec>
  readonly timers?: Timers
}

/** A forge and an API server in memory, with as much of admission as events depend on, and the intake between them. */
export class IntakeWorld {
  readonly forge = new AnsweringForge()
  readonly kube: FakeKube
  readonly connection: RepositoryConnection
  readonly faults: unknown[] = []
  readonly #timers: Timers
  /** Of c8s. */
  now = Date.parse('2026-11-21T10:00:00.000Z')

  constructor({ connection = {}, timers = systemTimers, ...options }: WorldOptions = {}) {
    const configs = new Map<string, PipelineSpec>()
    this.#timers = timers
    this.kube = new FakeKube({
      ...options,
      admit: (request, object, old) => {
        const stored = options.admit?.(request, object, old) ?? object
        if (stored.kind === 'PipelineConfig') configs.set(stored.metadata.name ?? '', (stored as PipelineConfig).spec)
        return stored.kind === 'PipelineRun' && old === undefined ? stampRun(stored as PipelineRun, configs) : stored
      },
    })
    this.connection = {
      apiVersion,
      kind: 'RepositoryConnection',
      metadata: { name: 'web', namespace },
      spec: { repository, provider: 'gitea', ...connection },
    }
  }

  /** Each call is an intake of its own, as on another replica. */
  handle(event: ForgeEvent, client: KubeClient = this.kube): Promise<Outcome> {
    const log = { info: () => undefined, warn: () => undefined, error: (fields: object) => this.faults.push(fields) }
    const clock = { now: () => this.now }
    const openForge = async () => this.forge
    return createIntake({ client, openForge, clock, timers: this.#timers, log }).handle(this.connection, event)
  }

  createConfig(name: string, spec: Partial<PipelineSpec> = {}): Promise<PipelineConfig> {
    const steps = [{ name: 'test', image: 'busybox:1.37', commands: ['true'] }]
    const config = { metadata: { name, namespace }, spec: { repository, steps, ...spec } }
    return this.kube.create<PipelineConfig>(resourceTypes.pipelineConfig, config)
  }

  /** Sorted by name. */
  async listRuns(): Promise<readonly PipelineRun[]> {
    const { items } = await this.kube.list<PipelineRun>(resourceTypes.pipelineRun, { namespace })
    return items.toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
  }

  /** `<pipeline> <commit's first digit>`, and what became of the spec. */
  async describeRuns(): Promise<readonly string[]> {
    const runs = await this.listRuns()
    return runs
      .map(({ spec }) => {
        const words = [spec.event?.pipeline ?? '?', spec.commit.slice(0, 1)]
        if (spec.rejected !== undefined) words.push(spec.rejected.reason)
        if (spec.cancel === true) words.push('cancelled')
        if (spec.approvedCommit !== undefined) words.push(`approved by ${spec.approvedBy ?? 'nobody'}`)
        return words.join(' ')
      })
      .toSorted()
  }

  /** The controller's word on how every run of the pipeline went. */
  async end(pipeline: string, phase: 'Succeeded' | 'Failed' | 'Running'): Promise<void> {
    for (const { metadata, spec } of await this.listRuns()) {
      if (spec.event?.pipeline !== pipeline) continue
      const key = { namespace, name: metadata.name ?? '' }
      await this.kube.patch(resourceTypes.pipelineRun, key, { status: { phase } }, { subresource: 'status' })
    }
  }
}

function stampRun(run: PipelineRun, configs: ReadonlyMap<string, PipelineSpec>): KubeObject {
  const { event, branch, commit, tag, pipelineSpec, pipelineConfigRef = '' } = run.spec
  const source = pipelineSpec ?? configs.get(pipelineConfigRef)
  const name = run.metadata.name ?? ''
  const identity = { name, commit, ...(event && { event }), ...(branch && { branch }), ...(tag && { tag }) }
  const values = {
    [labels.branch]: branch,
    [labels.commit]: commit,
    [labels.connection]: event?.connection,
    [labels.pullRequest]: event?.pullRequest?.number.toString(),
  }
  const stamps = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, toLabelValue(value)]],
  )
  const plan = source === undefined ? {} : { plan: freezePlan(source, { run: identity }) }
  return {
    ...run,
    metadata: { ...run.metadata, labels: Object.fromEntries(stamps) as Record<string, string> },
    spec: { ...run.spec, ...plan },
  } as KubeObject
}

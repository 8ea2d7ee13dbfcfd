import { afterEach, describe, expect, it } from 'vitest'
import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../../crds/kinds.ts'
import { FakeKube, type FakeRequest } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import { aCommit, head } from '../../../test/helpers/forge-events.ts'
import { createPartDeps } from '../../../test/helpers/forge-part.ts'
import { ListingForge } from '../../../test/helpers/listing-forge.ts'
import { KubeError } from '../../kube/kube-error.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { ForgeError } from '../forge.ts'
import { createSchedulePart } from './part.ts'

const { pipelineConfig, pipelineRun, repositoryConnection } = resourceTypes
const key = { namespace: 'team', name: 'nightly' }
const begin = Date.parse('2026-11-21T10:00:30Z')
const minutes = 60_000
const hours = 60 * minutes

class Cluster {
  readonly forge = new ListingForge()
  readonly opened: RepositoryConnection[] = []
  refuse: ((object: KubeObject) => void) | undefined
  after: ((request: FakeRequest) => void) | undefined
  at = begin

  constructor() {
    this.setBranch('main', head)
  }

  setBranch(name: string, commit: string): void {
    this.forge.refs.set(`refs/heads/${name}`, commit)
  }

  readonly kube = new FakeKube({
    now: () => this.at,
    after: (request) => this.after?.(request),
    admit: (request, object) => {
      if (request.verb === 'create' && request.type.plural === 'pipelineruns') this.refuse?.(object)
      return object
    },
  })

  /** Starts a process; time goes on where the last one ended. */
  async start() {
    const timers = new FakeTimers()
    const origin = this.at
    const openForge = async (connection: RepositoryConnection) => {
      this.opened.push(connection)
      return this.forge
    }
    const started = await createPartDeps({ kube: this.kube, timers, openForge })
    const part = createSchedulePart({ ...started.deps, clock: { now: () => origin + timers.now() } })
    part.start()
    const stop = async () => {
      await part.stop()
      await started.stop()
    }
    stops.push(stop)
    const advance = async (milliseconds: number) => {
      this.at += milliseconds
      await timers.advance(milliseconds)
    }
    await advance(0)
    return { advance, stop }
  }

  addConfig(spec: Partial<PipelineConfig['spec']> = {}, annotations: Record<string, string> = {}) {
    const usual = { repository: 'https://git.test/team/app', steps: [] }
    return this.kube.create<PipelineConfig>(pipelineConfig, {
      metadata: { ...key, annotations },
      spec: { ...usual, ...spec },
    })
  }

  async readStatus() {
    return (await this.kube.get<PipelineConfig>(pipelineConfig, key))?.status
  }

  async listRuns() {
    return (await this.kube.list<PipelineRun>(pipelineRun)).items
  }

  annotate(token: string, by = 'alice') {
    const annotations = { 'c8s.dev/run-requested': token, 'c8s.dev/run-requested-by': by }
    return this.kube.patch(pipelineConfig, key, { metadata: { annotations } })
  }
}

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

const byText = (a: string, b: string) => (a < b ? -1 : 1)
const hourly = { triggers: { schedules: [{ cron: '0 * * * *' }] } }
const listMoments = (runs: readonly PipelineRun[]) => runs.map(({ spec }) => spec.event?.delivery ?? '').sort(byText)

describe('a schedule', () => {
  it('runs the newest commit of the branch at each moment, once', async () => {
    const cluster = new Cluster()
    await cluster.addConfig(hourly)
    const { advance } = await cluster.start()
    await advance(59 * minutes)
    expect(await cluster.listRuns()).toEqual([])
    await advance(1 * minutes)
    const [run] = await cluster.listRuns()
    expect(run?.spec).toMatchObject({ pipelineConfigRef: 'nightly', commit: head, branch: 'main' })
    expect(run?.spec.event).toMatchObject({
      type: 'schedule',
      pipeline: 'nightly',
      delivery: 'schedule:2026-11-21T11:00:00.000Z',
      receivedAt: '2026-11-21T11:00:00.000Z',
    })
    expect(run?.metadata.name).toMatch(/^nightly-[0-9a-z]+-[0-9a-z]{10}$/)
    expect(await cluster.readStatus()).toMatchObject({ lastScheduled: '2026-11-21T11:00:00Z' })
    cluster.setBranch('main', aCommit('b'))
    await advance(2 * hours)
    const runs = await cluster.listRuns()
    expect(runs.map(({ spec }) => spec.commit).sort(byText)).toEqual([head, aCommit('b'), aCommit('b')])
  })

  it('asks by the connection of the repository, else anonymously, for the branch it names', async () => {
    const cluster = new Cluster()
    cluster.setBranch('release/1', aCommit('c'))
    await cluster.addConfig({ triggers: { schedules: [{ cron: '0 * * * *', branch: 'release/1' }] } })
    const { advance } = await cluster.start()
    await advance(1 * hours)
    expect(cluster.opened[0]?.spec).toEqual({ repository: 'https://git.test/team/app', provider: 'generic' })
    const spec = { repository: 'https://GIT.test/team/app.git', provider: 'gitea' as const, authSecretRef: 'auth' }
    await cluster.kube.create<RepositoryConnection>(repositoryConnection, {
      metadata: { ...key, name: 'app' },
      spec,
    })
    await cluster.kube.create<RepositoryConnection>(repositoryConnection, {
      metadata: { namespace: 'other', name: 'app' },
      spec,
    })
    await advance(1 * hours)
    expect(cluster.opened[1]?.metadata).toMatchObject({ namespace: 'team', name: 'app' })
    const runs = await cluster.listRuns()
    expect(runs.map(({ spec }) => [spec.commit, spec.branch, spec.event?.connection])).toEqual([
      [aCommit('c'), 'release/1', undefined],
      [aCommit('c'), 'release/1', 'app'],
    ])
  })

  it('makes up for what the last hour missed, once, across restarts and lost answers', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({ triggers: { schedules: [{ cron: '*/10 * * * *' }] } })
    const first = await cluster.start()
    await first.advance(10 * minutes)
    await first.stop()
    cluster.at += 45 * minutes
    // The process ends between the run and the status.
    cluster.after = ({ verb, type }) => {
      if (verb === 'create' && type.plural === 'pipelineruns')
        throw new KubeError('create', { status: 0, reason: 'ConnectionFailed', detail: 'gone' })
    }
    const second = await cluster.start()
    await second.advance(1000)
    await second.stop()
    cluster.after = undefined
    cluster.setBranch('main', aCommit('d'))
    const third = await cluster.start()
    await third.advance(1000)
    expect(listMoments(await cluster.listRuns())).toEqual([
      'schedule:2026-11-21T10:10:00.000Z',
      'schedule:2026-11-21T10:50:00.000Z',
    ])
    expect(await cluster.readStatus()).toMatchObject({ lastScheduled: '2026-11-21T10:50:00Z' })
  })

  it('starts nothing for the past of a schedule that was just written, now or after a restart', async () => {
    const cluster = new Cluster()
    await cluster.addConfig()
    const first = await cluster.start()
    await first.advance(90 * minutes)
    await cluster.kube.patch(pipelineConfig, key, { spec: hourly })
    await first.advance(1000)
    await first.stop()
    const second = await cluster.start()
    await second.advance(1000)
    expect(await cluster.listRuns()).toEqual([])
    await second.advance(30 * minutes)
    expect(await cluster.listRuns()).toHaveLength(1)
  })

  it('is tried again while the forge is away, and says so', async () => {
    const cluster = new Cluster()
    await cluster.addConfig(hourly)
    const { advance } = await cluster.start()
    cluster.forge.fault = new ForgeError('unavailable', 'git.test cannot be reached')
    await advance(70 * minutes)
    expect(await cluster.listRuns()).toEqual([])
    const events = await cluster.kube.list<KubeObject & { message?: string; reason?: string }>(resourceTypes.event)
    expect(events.items).toHaveLength(1)
    expect(events.items[0]).toMatchObject({ reason: 'ScheduleFailed' })
    expect(events.items[0]?.message).toContain('git.test cannot be reached')
    cluster.forge.fault = undefined
    await advance(6 * minutes)
    expect(listMoments(await cluster.listRuns())).toEqual(['schedule:2026-11-21T11:00:00.000Z'])
  })

  it('goes on after what cannot be, such as a branch that is not there', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({ triggers: { schedules: [{ cron: '0 * * * *', branch: 'gone' }] } })
    const { advance } = await cluster.start()
    await advance(1 * hours)
    expect(await cluster.readStatus()).toMatchObject({ lastScheduled: '2026-11-21T11:00:00Z' })
    cluster.setBranch('gone', head)
    await advance(30 * minutes)
    expect(await cluster.listRuns()).toEqual([])
    await advance(30 * minutes)
    expect(await cluster.listRuns()).toHaveLength(1)
  })
})

describe('a request', () => {
  it('is one run for each token, by who asked, across restarts', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({ branches: ['release/*', 'dev'] })
    cluster.setBranch('dev', aCommit('e'))
    const first = await cluster.start()
    await cluster.annotate('1')
    await first.advance(1000)
    const [run] = await cluster.listRuns()
    expect(run?.spec).toMatchObject({ commit: aCommit('e'), branch: 'dev', triggeredBy: 'alice' })
    expect(run?.spec.event).toMatchObject({ type: 'request', pipeline: 'nightly', delivery: 'request:1' })
    const served = { token: '1', run: run?.metadata.name }
    expect((await cluster.readStatus())?.lastRequest).toEqual(served)
    await cluster.kube.patch(pipelineConfig, key, { spec: { timeout: '2h' } })
    await first.advance(1 * hours)
    await first.stop()
    const second = await cluster.start()
    await second.advance(1 * hours)
    expect(await cluster.listRuns()).toHaveLength(1)
    await cluster.annotate('2', 'bob')
    await second.advance(1000)
    expect((await cluster.listRuns()).map(({ spec }) => spec.triggeredBy ?? '').sort(byText)).toEqual(['alice', 'bob'])
  })

  it('is one run where two controllers serve it, or the process ends before status is written', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({}, { 'c8s.dev/run-requested': 'now' })
    let lost = 1
    cluster.after = ({ verb, options }) => {
      if (verb === 'apply' && options?.fieldManager === 'c8s-forge' && lost-- > 0)
        throw new KubeError('apply', { status: 0, reason: 'ConnectionFailed', detail: 'gone' })
    }
    const both = await Promise.all([cluster.start(), cluster.start()])
    cluster.setBranch('main', aCommit('f'))
    await Promise.all(both.map(({ advance }) => advance(1 * minutes)))
    expect(await cluster.listRuns()).toHaveLength(1)
  })

  it('tells why it has not been served yet, and is', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({}, { 'c8s.dev/run-requested': 'now' })
    cluster.forge.fault = new ForgeError('rateLimited', 'git.test asks to wait', 60_000)
    const { advance, stop } = await cluster.start()
    await advance(1000)
    expect((await cluster.readStatus())?.lastRequest).toEqual({
      token: 'now',
      message: 'trying again: git.test asks to wait',
    })
    await stop()
    cluster.forge.fault = undefined
    const second = await cluster.start()
    await second.advance(2 * minutes)
    expect((await cluster.readStatus())?.lastRequest).toMatchObject({ token: 'now', run: expect.any(String) as string })
  })

  it('for what cannot be is told once, and given up', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({ branches: ['gone'] }, { 'c8s.dev/run-requested': 'now' })
    const first = await cluster.start()
    await first.advance(1000)
    expect((await cluster.readStatus())?.lastRequest?.message).toContain('has no branch gone')
    await first.stop()
    cluster.setBranch('gone', head)
    const second = await cluster.start()
    await second.advance(1 * hours)
    expect(await cluster.listRuns()).toEqual([])
  })

  it('that admission refuses becomes a run that tells why', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({}, { 'c8s.dev/run-requested': 'now' })
    cluster.refuse = (object) => {
      if ((object as PipelineRun).spec.rejected !== undefined) return
      const detail = 'admission webhook "validate.c8s.dev" denied the request: spec.steps[0].secrets: NotFound: no x'
      throw new KubeError('create', { status: 403, reason: 'Forbidden', detail })
    }
    const { advance } = await cluster.start()
    await advance(1 * hours)
    const runs = await cluster.listRuns()
    expect(runs).toHaveLength(1)
    expect(runs[0]?.spec).toMatchObject({ rejected: { reason: 'NotFound' }, event: { type: 'request' } })
    expect((await cluster.readStatus())?.lastRequest).toMatchObject({
      token: 'now',
      run: runs[0]?.metadata.name,
      message: 'spec.steps[0].secrets: NotFound: no x',
    })
  })

  it('is not taken for served by a run of somebody else', async () => {
    const cluster = new Cluster()
    await cluster.addConfig({}, { 'c8s.dev/run-requested': 'now' })
    let name = ''
    cluster.refuse = (object) => {
      name = object.metadata.name ?? ''
      throw new KubeError('create', { status: 0, reason: 'ConnectionFailed', detail: 'gone' })
    }
    const { advance } = await cluster.start()
    await advance(1000)
    cluster.refuse = undefined
    const spec = { pipelineConfigRef: 'nightly', commit: head }
    await cluster.kube.create<PipelineRun>(pipelineRun, { metadata: { ...key, name }, spec })
    await advance(10 * minutes)
    expect((await cluster.readStatus())?.lastRequest).toEqual({
      token: 'now',
      message: `a run called ${name} exists that c8s did not make: delete it`,
    })
  })
})

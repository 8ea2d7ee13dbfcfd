import { afterEach, describe, expect, it } from 'vitest'
import type { PipelineConfig, RepositoryConnection } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { createPartDeps } from '../../test/helpers/forge-part.ts'
import { makeGroupRun } from '../../test/helpers/group-run.ts'
import { waitFor } from '../kube/timers.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type Forge, ForgeError } from './forge.ts'
import { createHeadsPart } from './heads/part.ts'
import type { Part, PartDeps } from './part.ts'
import { createRegisterPart } from './register/part.ts'
import { createReportPart } from './report/part.ts'
import { createSchedulePart } from './schedule/part.ts'

/** Connections of forges that never answer, each in a namespace of its own. */
const hanging = 200
/** After which every call to such a forge is given up. */
const givenUpMs = 10_000
const minuteMs = 60_000

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

/** Calls that the healthy forge got, by the time that had passed. */
interface Heard {
  readonly method: string
  readonly atMs: number
}

function createForge(timers: FakeTimers, isHanging: boolean, heard: Heard[]): Forge {
  const answer = <T>(method: string, value: T) => {
    return async (): Promise<T> => {
      if (!isHanging) heard.push({ method, atMs: timers.now() })
      await waitFor(timers, isHanging ? givenUpMs : 200)
      if (isHanging) throw new ForgeError('unavailable', 'no whole answer')
      return value
    }
  }
  const commit = 'a'.repeat(40)
  return {
    provider: 'gitea',
    listHeads: answer('heads', { defaultBranch: 'main', heads: [{ ref: 'refs/heads/main', commit }] }),
    listOpenPullRequests: answer('pulls', []),
    report: answer('report', {}),
    upsertComment: answer('comment', undefined),
    ensureWebhook: answer('webhook', 'created'),
    readPipelineFiles: answer('files', []),
    listChanges: answer('changes', undefined),
    canWrite: answer('writers', undefined),
    readPullRequest: () => Promise.reject(new Error('not asked for')),
  }
}

/** The healthy connection comes last. */
async function start(create: (deps: PartDeps) => Part, fill: (kube: FakeKube, namespace: string) => Promise<void>) {
  const timers = new FakeTimers()
  const kube = new FakeKube({ now: () => Date.parse('2026-01-01T00:00:00Z') + timers.now() })
  const heard: Heard[] = []
  for (let index = 0; index <= hanging; index += 1) {
    const namespace = `team-${index}`
    const host = index === hanging ? 'well.test' : 'hangs.test'
    await kube.create(resourceTypes.secret, {
      metadata: { namespace, name: 'keys' },
      data: { 'webhook-secret': btoa('secret'), token: btoa('token') },
    } as object as RepositoryConnection)
    await kube.create<RepositoryConnection>(resourceTypes.repositoryConnection, {
      metadata: { namespace, name: 'app' },
      spec: {
        repository: `https://${host}/team/app`,
        provider: 'gitea',
        authSecretRef: 'keys',
        webhookSecretRef: 'keys',
        pullRequestComments: true,
      },
    })
    await fill(kube, namespace)
  }
  const openForge = async ({ spec }: RepositoryConnection) =>
    createForge(timers, spec.repository.includes('hangs'), heard)
  const clock = { now: () => Date.parse('2026-01-01T00:00:00Z') + timers.now() }
  const started = await createPartDeps({ kube, timers, openForge })
  const part = create({ ...started.deps, clock })
  part.start()
  stops.push(async () => {
    const stopped = part.stop().then(() => started.stop())
    await timers.advance(minuteMs)
    await stopped
  })
  return { timers, heard, kube }
}

describe('a forge that never answers two hundred connections', () => {
  it('does not delay the heads of another', async () => {
    const { timers, heard } = await start(createHeadsPart, async () => undefined)
    await timers.advance(30 * minuteMs)
    const looks = heard.filter(({ method }) => method === 'heads').map(({ atMs }) => atMs)
    expect(looks.length).toBeGreaterThanOrEqual(5)
    const gaps = looks.slice(1).map((at, index) => at - (looks[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThan(6 * minuteMs)
  })

  it('does not delay the statuses and comments of another', async () => {
    const fill = async (kube: FakeKube, namespace: string) => {
      const pullRequest = { number: 1, branch: 'b', targetBranch: 'main', fork: false }
      const { spec } = makeGroupRun({ name: 'ci-1', event: { type: 'pullRequest', pullRequest } })
      const metadata = { namespace, name: 'ci-1' }
      await kube.create(resourceTypes.pipelineRun, { metadata, spec } as object as RepositoryConnection)
      const kind = { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineRun' }
      const status = { phase: 'Running', progress: '0/1' }
      await kube.apply(resourceTypes.pipelineRun, { ...kind, metadata, status } as object as RepositoryConnection, {
        subresource: 'status',
        fieldManager: 'c8s-controller',
      })
    }
    const { timers, heard } = await start(createReportPart, fill)
    await timers.advance(15_000)
    expect(heard.map(({ method }) => method)).toEqual(['report', 'comment'])
    expect(heard[0]?.atMs).toBeLessThan(2000)
  })

  it('does not delay the webhook of another', async () => {
    const { timers, heard } = await start(createRegisterPart, async () => undefined)
    await timers.advance(2000)
    expect(heard.map(({ method }) => method)).toEqual(['webhook'])
  })

  it('does not delay the schedules and requests of another', async () => {
    const fill = async (kube: FakeKube, namespace: string) => {
      const host = namespace === `team-${hanging}` ? 'well.test' : 'hangs.test'
      await kube.create<PipelineConfig>(resourceTypes.pipelineConfig, {
        metadata: { namespace, name: 'app', annotations: { [annotations.runRequested]: '1' } },
        spec: { repository: `https://${host}/team/app`, steps: [{ name: 'a', image: 'a', commands: ['a'] }] },
      })
    }
    const { timers, kube } = await start(createSchedulePart, fill)
    await timers.advance(5000)
    const { items } = await kube.list(resourceTypes.pipelineRun)
    expect(items.map(({ metadata }) => metadata.namespace)).toEqual([`team-${hanging}`])
  })
})

import { describe, expect, test } from 'vitest'
import type { StatusRecord } from '../../helpers/gitops/argocd-statuses.ts'
import { pick, readWritten, toYaml } from './apps.ts'
import { type AddedApp, type GitOpsWorld, readObject, type Tracking, trackings } from './world.ts'

const minutes = Number(process.env['C8S_SOAK_MINUTES'] ?? 10)

/** Ways to compare what is there with what Git says. */
const diffs = {
  'three-way': {},
  'server-side': {
    annotations: { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' },
    syncOptions: ['ServerSideApply=true'],
  },
  'with-webhooks': {
    annotations: { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true,IncludeMutationWebhook=true' },
  },
} as const

interface Soaked extends AddedApp {
  readonly title: string
  readonly record: StatusRecord
}

/** Applications that are looked at from their first sync until ten minutes later. */
export interface Soak {
  readonly apps: readonly Soaked[]
}

const pageNames = [
  'Secret/web-token',
  'Secret/web-webhook',
  'RepositoryConnection/web',
  'PipelineConfig/web',
  'PipelineRun/web-first',
]

export async function startSoak(world: GitOpsWorld): Promise<Soak> {
  const files = { 'pipelines/web.yaml': toYaml(...pick(world.manifests, ...pageNames)) }
  const add = async (tracking: Tracking, [diff, options]: [string, object]): Promise<Soaked> => {
    const app = await world.addApp(tracking, { name: `${tracking}-${diff}`, ...options }, files)
    return { ...app, title: `tracked by ${tracking}, diff ${diff}`, record: app.argo.recordStatuses(app.name) }
  }
  const apps: Soaked[] = []
  for (const tracking of trackings) for (const diff of Object.entries(diffs)) apps.push(await add(tracking, diff))
  return { apps }
}

/** All states from the first Synced and Healthy on. */
function listStates({ record }: Soaked): readonly string[] {
  const seen = record.seen()
  const first = seen.findIndex(({ sync, health }) => sync === 'Synced' && health === 'Healthy')
  return first === -1 ? [] : [...new Set(seen.slice(first).map(({ sync, health }) => `${sync} ${health}`))]
}

/** What Git says and what is there, of the objects that differ, for messages. */
async function explain({ argo, name, record }: Soaked): Promise<string> {
  const resources = await argo.managedResources(name)
  const odd = resources.filter(
    ({ predictedLiveState, normalizedLiveState }) => predictedLiveState !== normalizedLiveState,
  )
  return JSON.stringify({ states: record.seen(), odd }, null, 1)
}

export function testFirstSync(open: () => { world: GitOpsWorld; soak: Soak }): void {
  describe('the first sync', () => {
    test.each(trackings)('ends Synced and Healthy, tracked by %s', async (tracking) => {
      const apps = open().soak.apps.filter(({ title }) => title.includes(tracking))
      await Promise.all(
        apps.map(async ({ argo, name, commit }) => {
          await argo.waitForSync(name, { revision: commit, seconds: 240 })
          await argo.waitForHealth(name, 'Healthy', 60)
        }),
      )
    })

    test('leaves all that was written as it was written', () => {
      const { world, soak } = open()
      // stringData of a Secret is folded into its data by the API server.
      const written = pick(world.manifests, ...pageNames).filter(({ kind }) => kind !== 'Secret')
      for (const { cluster } of soak.apps)
        for (const object of written) expect(readWritten(readObject(cluster, object), object)).toEqual(object)
    })

    test('adds nothing to the spec of a config or connection', () => {
      const { world, soak } = open()
      for (const object of pick(world.manifests, 'RepositoryConnection/web', 'PipelineConfig/web'))
        for (const { cluster } of soak.apps) expect(readObject(cluster, object)['spec']).toEqual(object['spec'])
    })
  })
}

/** Comes last: it waits for what is left of the ten minutes. */
export function testSoak(open: () => { soak: Soak }): void {
  test(
    `${minutes} minutes after the first sync, no application was ever anything but Synced and Healthy`,
    async () => {
      for (const app of open().soak.apps) {
        const synced = app.record.seen().find(({ sync, health }) => sync === 'Synced' && health === 'Healthy')
        const left = (synced?.at.getTime() ?? 0) + minutes * 60_000 - Date.now()
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)))
        const states = listStates(app)
        expect(states, `${app.title}: ${states.length > 1 ? await explain(app) : ''}`).toEqual(['Synced Healthy'])
        const { status } = await app.argo.getApp(app.name)
        expect(status?.history, `${app.title} was synced again`).toHaveLength(1)
        app.record.stop()
      }
    },
    (minutes + 2) * 60_000,
  )
}

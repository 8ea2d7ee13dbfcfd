import { kubectl } from '../../../deploy/install/kubectl.ts'
import { type Manifest, TestCluster } from '../../helpers/cluster.ts'
import { type ArgoCd, startArgoCd } from '../../helpers/gitops/argocd.ts'
import type { SyncedRepository } from '../../helpers/gitops/git-server.ts'
import { type AppOptions, anApp, readPageManifests } from './apps.ts'

/** How Argo CD tells its own objects: by an annotation, the default from version 3 on, or by a label, as before. */
export const trackings = ['annotation', 'label'] as const
export type Tracking = (typeof trackings)[number]

export interface GitOpsWorld {
  readonly manifests: readonly Manifest[]
  readonly argo: Readonly<Record<Tracking, ArgoCd>>
  /** A repository of Argo CD's git server, and a cluster client for the namespace that is synced into. */
  addApp(tracking: Tracking, app: Pick<AppOptions, 'name'> & Partial<AppOptions>, files: Files): Promise<AddedApp>
  stop(): Promise<void>
}

export type Files = Readonly<Record<string, string>>

export interface AddedApp {
  readonly name: string
  readonly argo: ArgoCd
  readonly repository: SyncedRepository
  readonly commit: string
  readonly cluster: TestCluster
}

/** Two Argo CDs beside each other, one for each way of tracking, as two teams could have them. */
export async function startWorld(): Promise<GitOpsWorld> {
  const root = new TestCluster('default')
  const manifests = readPageManifests(root.sample)
  const namespaces: string[] = []
  const start = (tracking: Tracking) =>
    startArgoCd({
      cluster: root.target,
      namespace: `c8s-argocd-${tracking}`,
      settings: { 'application.resourceTrackingMethod': tracking },
    })
  const annotation = await start('annotation')
  const label = await start('label')
  const argo = { annotation, label }
  return {
    manifests,
    argo,
    addApp: async (tracking, app, files) => {
      const cluster = new TestCluster(`argocd-sync-${app.name}`)
      namespaces.push(cluster.namespace)
      cluster.createNamespace()
      const repository = argo[tracking].git.create(app.name)
      const commit = repository.commit(files)
      const own = { repoURL: repository.url, path: 'pipelines', namespace: cluster.namespace }
      await argo[tracking].applyApp(anApp(manifests, { ...own, ...app }))
      return { name: app.name, argo: argo[tracking], repository, commit, cluster }
    },
    stop: async () => {
      await label.stop()
      await annotation.stop()
      for (const name of namespaces)
        kubectl(root.target, ['delete', 'namespace', name, '--ignore-not-found', '--wait=false'])
    },
  }
}

/** What is there of an object. */
export function readObject(cluster: TestCluster, { apiVersion = '', kind, metadata }: Manifest): Manifest {
  const type = apiVersion.includes('/') ? `${kind}.${apiVersion.replace(/^(.*)\/(.*)$/, '$2.$1')}` : `${kind}`
  return JSON.parse(cluster.run('get', type, metadata.name ?? '', '-o', 'json')) as Manifest
}

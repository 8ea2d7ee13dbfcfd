import { expect, onTestFinished, test } from 'vitest'
import { type Manifest, TestCluster } from '../../helpers/cluster.ts'
import { drawTree } from '../../helpers/gitops/argocd-api.ts'
import { createStaticVolumes } from '../../helpers/static-volumes.ts'
import { named, pick, toYaml } from './apps.ts'
import { type AddedApp, type GitOpsWorld, trackings } from './world.ts'

const kinds = 'pipelineruns.c8s.dev,jobs,pods,persistentvolumeclaims,networkpolicies'
const foreign = /argocd|argoproj|kustomize|app\.kubernetes\.io\/instance|example\.com/

/** A run that makes a child of every kind: Jobs, pods, a claim, a called run. */
function aFamily(manifests: readonly Manifest[], storageClassName: string): readonly Manifest[] {
  const [called] = pick(manifests, 'PipelineConfig/web') as [Manifest & { spec: { repository: string } }]
  const [run] = pick(manifests, 'PipelineRun/web-unheeded') as [
    Manifest & { spec: { pipelineSpec: { steps: [object] } } },
  ]
  const step = { ...run.spec.pipelineSpec.steps[0], commands: ['echo made > made'], clone: true }
  const callee = { ...called.spec, steps: [{ ...step, name: 'inner', clone: false, commands: ['echo inner'] }] }
  const steps = [
    { ...step, name: 'make' },
    { name: 'call', dependsOn: ['make'], pipeline: { configRef: 'callee' } },
  ]
  const pipelineSpec = { ...run.spec.pipelineSpec, workspace: { size: '16Mi', storageClassName }, steps }
  return [
    { ...named(called, 'callee'), spec: callee },
    { ...run, metadata: { name: 'family' }, spec: { ...run.spec, pipelineSpec } },
  ]
}

const kustomization = `
resources: [family.yaml]
commonAnnotations: { example.com/owner: web-team }
labels:
  - pairs: { example.com/part: web, app.kubernetes.io/name: web }
    includeSelectors: false
`

interface Kept extends Manifest {
  readonly metadata: Manifest['metadata'] & { readonly uid: string; readonly name: string }
}

const listObjects = (cluster: TestCluster): readonly Kept[] =>
  (JSON.parse(cluster.run('get', kinds, '-o', 'json')) as { items: Kept[] }).items

const listMarks = ({ metadata }: Kept): readonly string[] =>
  Object.keys({ ...metadata.labels, ...metadata.annotations }).filter((key) => foreign.test(key))

export function testChildren(open: () => GitOpsWorld): void {
  test.each(trackings)('what a run makes shows under it and is left alone, tracked by %s', async (tracking) => {
    const world = open()
    const id = `argocd-sync-volumes-${tracking}`
    const place = new TestCluster(id)
    place.createNamespace()
    const image = place.sample.images['busybox'] ?? ''
    const volumes = createStaticVolumes(place.target, { id, namespace: id, image, count: 1 })
    onTestFinished(() => {
      volumes.remove()
      place.removeNamespace()
    })
    const files = {
      'pipelines/family.yaml': toYaml(...aFamily(world.manifests, id)),
      'pipelines/kustomization.yaml': kustomization,
    }
    const app = await world.addApp(tracking, { name: `family-${tracking}` }, files)
    await app.argo.waitForSync(app.name, { revision: app.commit })
    await app.argo.waitForHealth(app.name, 'Healthy', 180)
    const children = listObjects(app.cluster).filter(({ metadata }) => metadata.name !== 'family')
    expect(new Set(children.map(({ kind }) => kind))).toEqual(
      new Set(['PipelineRun', 'Job', 'Pod', 'PersistentVolumeClaim']),
    )
    for (const child of children) {
      expect(listMarks(child), `${child.kind} ${child.metadata.name}`).toEqual([])
      expect(child.metadata.ownerReferences, `${child.kind} ${child.metadata.name}`).toHaveLength(1)
    }
    await expectUnderItsRun(app, children)
    await expectUntouched(app, children)
    await expectPruned(app)
  })
}

async function expectUnderItsRun({ argo, name }: AddedApp, children: readonly Kept[]): Promise<void> {
  const nodes = await argo.resourceTree(name)
  const isBelow = (uid: string): boolean => {
    const parents = nodes.find((node) => node.uid === uid)?.parentRefs ?? []
    return parents.some((parent) => parent.name === 'family' || isBelow(parent.uid))
  }
  const drawn = drawTree(nodes, ({ kind }) => kind !== 'ReplicaSet')
  for (const { kind, metadata } of children) expect(isBelow(metadata.uid), `${kind} in\n${drawn}`).toBe(true)
  const { status } = await argo.getApp(name)
  const owned = status?.resources?.map(({ kind, name: owner }) => `${kind} ${owner}`).toSorted()
  expect(owned).toEqual(['PipelineConfig callee', 'PipelineRun family'])
}

/** Syncs with prune, twice, the second for a commit of its own. */
async function expectUntouched(
  { argo, name, repository, cluster }: AddedApp,
  children: readonly Kept[],
): Promise<void> {
  await argo.refresh(name, 'hard')
  const commit = repository.commit({ 'README.md': 'nothing that is synced\n' })
  await argo.refresh(name)
  await argo.waitForSync(name, { revision: commit })
  const uids = new Set(listObjects(cluster).map(({ metadata }) => metadata.uid))
  expect(children.filter(({ metadata }) => !uids.has(metadata.uid)).map(({ kind }) => kind)).toEqual([])
}

/** A run that leaves Git goes, with its own children. */
async function expectPruned({ argo, name, repository, cluster }: AddedApp): Promise<void> {
  const resources = kustomization.replace('family.yaml', 'empty.yaml')
  const empty = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: left }\n'
  const commit = repository.commit({ 'pipelines/empty.yaml': empty, 'pipelines/kustomization.yaml': resources })
  await argo.refresh(name)
  await argo.waitForSync(name, { revision: commit })
  cluster.run('wait', '--for=delete', 'pipelineruns.c8s.dev/family', '--timeout=60s')
  expect(listObjects(cluster).filter(({ kind }) => kind === 'PipelineRun')).toEqual([])
}

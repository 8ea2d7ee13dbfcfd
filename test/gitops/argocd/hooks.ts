import { expect, test } from 'vitest'
import type { Manifest } from '../../helpers/cluster.ts'
import { pick, toYaml } from './apps.ts'
import type { GitOpsWorld } from './world.ts'

const release = (version: number) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: release }\ndata: { version: "${version}" }\n`

interface RunList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[]
}

export function testHooks(open: () => GitOpsWorld): void {
  test('runs as hooks gate a sync by their result', async () => {
    const world = open()
    const hooks = pick(world.manifests, 'PipelineRun/before-sync', 'PipelineRun/after-sync-')
    const files = { 'pipelines/hooks.yaml': toYaml(...hooks), 'pipelines/release.yaml': release(1) }
    const app = await world.addApp('annotation', { name: 'hooks', retries: 0 }, files)
    const { argo, name, cluster, repository } = app
    const readVersion = () => cluster.run('get', 'configmap', 'release', '-o', 'jsonpath={.data.version}')
    const listRuns = () => (JSON.parse(cluster.run('get', 'pipelineruns.c8s.dev', '-o', 'json')) as RunList).items
    const findGate = () => listRuns().find(({ metadata }) => metadata.name === 'before-sync')?.metadata.uid

    const synced = await argo.waitForSync(name, { revision: app.commit, seconds: 120 })
    expect(synced.status?.operationState?.syncResult?.resources).toContainEqual(
      expect.objectContaining({ hookType: 'PreSync', hookPhase: 'Succeeded', name: 'before-sync' }),
    )
    expect(listRuns()).toHaveLength(2)
    const [firstGate, firstRelease] = [findGate(), readVersion()]

    const failing = JSON.parse(JSON.stringify(hooks).replace('test -s README.md', 'exit 1')) as Manifest[]
    const broken = repository.commit({
      'pipelines/hooks.yaml': toYaml(...failing),
      'pipelines/release.yaml': release(2),
    })
    await argo.refresh(name)
    const failed = await argo.waitFor({
      app: name,
      what: 'a failed sync',
      isSo: ({ status }) =>
        status?.operationState?.phase === 'Failed' && status.operationState.syncResult?.revision === broken,
    })
    expect(failed.status?.operationState?.message).toContain('completed unsuccessfully')
    expect([firstRelease, readVersion()]).toEqual(['1', '1'])

    const mended = repository.commit({ 'pipelines/hooks.yaml': toYaml(...hooks), 'pipelines/release.yaml': release(3) })
    await argo.refresh(name)
    await argo.waitForSync(name, { revision: mended, seconds: 120 })
    expect(readVersion()).toBe('3')
    expect(findGate()).not.toBe(firstGate)
    // Two of after-sync, one for each sync that came so far.
    expect(listRuns()).toHaveLength(3)
  })
}

import { expect, test } from 'vitest'
import type { Manifest } from '../../helpers/cluster.ts'
import { eventually } from '../../helpers/eventually.ts'
import { named, pick, toYaml } from './apps.ts'
import { type GitOpsWorld, trackings } from './world.ts'

interface ConfigManifest extends Manifest {
  readonly spec: { readonly steps: readonly object[] }
}

export function testRetention(open: () => GitOpsWorld): void {
  test.each(trackings)('runs of Git beyond the limits of their history stay, tracked by %s', async (tracking) => {
    const world = open()
    const [page] = pick(world.manifests, 'PipelineConfig/web') as [ConfigManifest]
    const [run] = pick(world.manifests, 'PipelineRun/web-first')
    if (run === undefined) throw new Error('the page lacks a run')
    const [step] = page.spec.steps
    const config = {
      ...page,
      spec: { ...page.spec, history: { successful: 1 }, steps: [{ ...step, clone: false, commands: ['true'] }] },
    }
    const runs = ['first', 'second', 'third'].map((name) => named(run, name))
    const files = { 'pipelines/all.yaml': toYaml(config, ...runs) }
    const { argo, name, commit, cluster } = await world.addApp(tracking, { name: `history-${tracking}` }, files)
    await argo.waitForSync(name, { revision: commit, seconds: 180 })
    const ids = () => runs.map(({ metadata }) => cluster.getRun(metadata.name ?? '').metadata.uid)
    const before = ids()
    const compacted = await eventually('two compacted runs', async () => {
      const found = runs.filter(({ metadata }) => cluster.getRun(metadata.name ?? '').status?.compactedAt !== undefined)
      return found.length === 2 ? found : undefined
    })
    expect(compacted).toHaveLength(2)
    await argo.refresh(name, 'hard')
    await argo.waitForSync(name)
    await argo.waitForHealth(name, 'Healthy')
    expect(ids()).toEqual(before)
  })
}

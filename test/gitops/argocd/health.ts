import { expect, test } from 'vitest'
import type { Manifest } from '../../helpers/cluster.ts'
import { pick, toYaml } from './apps.ts'
import type { GitOpsWorld } from './world.ts'

interface RunManifest extends Manifest {
  readonly spec: { readonly pipelineSpec: object }
}

export function testHealth(open: () => GitOpsWorld): void {
  test('a failed run degrades, one that waits for a person suspends, one that is left out does neither', async () => {
    const world = open()
    const [unheeded] = pick(world.manifests, 'PipelineRun/web-unheeded') as [RunManifest]
    const failing = { ...unheeded, metadata: { name: 'failing' } }
    const steps = [{ name: 'ask', approval: { message: 'look at the staging system' } }]
    const pipelineSpec = { ...failing.spec.pipelineSpec, steps }
    const asking = { ...failing, metadata: { name: 'asking' }, spec: { ...failing.spec, pipelineSpec } }
    const wanted = [
      ['failing', failing, 'Degraded'],
      ['asking', asking, 'Suspended'],
    ] as const
    for (const [name, run] of wanted) await world.addApp('annotation', { name }, { 'pipelines/run.yaml': toYaml(run) })
    const left = await world.addApp('annotation', { name: 'unheeded' }, { 'pipelines/run.yaml': toYaml(unheeded) })
    for (const [name, , health] of wanted) await left.argo.waitForHealth(name, health)
    await left.argo.waitForSync('unheeded')
    expect(left.cluster.waitForRun('web-unheeded').status?.phase).toBe('Failed')
    await left.argo.refresh('unheeded', 'hard')
    await left.argo.waitForHealth('unheeded', 'Healthy', 30)
  })
}

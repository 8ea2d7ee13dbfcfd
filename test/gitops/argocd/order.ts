import { expect, test } from 'vitest'
import { annotated, named, pick, toYaml } from './apps.ts'
import type { GitOpsWorld } from './world.ts'

const wave = (value: number) => ({ 'argocd.argoproj.io/sync-wave': `${value}` })
const names = [
  'Secret/web-token',
  'Secret/web-webhook',
  'RepositoryConnection/web',
  'PipelineConfig/web',
  'PipelineRun/web-first',
]

export function testOrder(open: () => GitOpsWorld): void {
  test('a run that comes before its config in one wave is refused by name, and applied by the retry', async () => {
    const world = open()
    const objects = pick(world.manifests, ...names).map((object) => {
      const usable = object.metadata.annotations?.['c8s.dev/usable-by']
      return annotated(object, usable === undefined ? {} : { 'c8s.dev/usable-by': usable })
    })
    // Of kinds that it does not know, Argo CD applies what comes first by name.
    const [token, webhook, connection, config, run] = objects as [...typeof objects] & { length: 5 }
    const early = named(run as NonNullable<typeof run>, 'a-run')
    const files = {
      'pipelines/all.yaml': toYaml(early, ...[token, webhook, connection, config].flatMap((one) => one ?? [])),
    }
    const { argo, name, commit, cluster } = await world.addApp('annotation', { name: 'any-order' }, files)
    const refused = await argo.waitFor({
      app: name,
      what: 'a refused run',
      isSo: ({ status }) => (status?.operationState?.retryCount ?? 0) > 0,
    })
    const resources = refused.status?.operationState?.syncResult?.resources ?? []
    expect(resources.find((one) => one.name === 'a-run')?.message).toContain('PipelineConfig')
    await argo.waitForSync(name, { revision: commit, seconds: 120 })
    expect(cluster.waitForRun('a-run').status?.phase).toBe('Succeeded')
    await argo.waitForHealth(name, 'Healthy')
  })

  test('a config and a connection may come waves before what they name', async () => {
    const world = open()
    const [token, webhook, connection, config, run] = pick(world.manifests, ...names)
    if (!token || !webhook || !connection || !config || !run) throw new Error('the page lacks an object')
    const usable = token.metadata.annotations?.['c8s.dev/usable-by'] ?? ''
    const objects = [
      annotated(config, wave(-2)),
      annotated(connection, wave(-1)),
      annotated(token, { ...wave(1), 'c8s.dev/usable-by': usable }),
      annotated(webhook, wave(2)),
      annotated(run, wave(3)),
    ]
    const files = { 'pipelines/all.yaml': toYaml(...objects) }
    const { argo, name, commit } = await world.addApp('label', { name: 'backwards' }, files)
    await argo.waitForSync(name, { revision: commit, seconds: 180 })
    await argo.waitForHealth(name, 'Healthy')
  })

  test('a run in an earlier wave than its config keeps the sync from going on, and says why', async () => {
    const world = open()
    const [config, run] = pick(world.manifests, 'PipelineConfig/web', 'PipelineRun/web-first')
    if (!config || !run) throw new Error('the page lacks an object')
    const files = { 'pipelines/all.yaml': toYaml(annotated(run, wave(-1)), annotated(config, wave(0))) }
    const { argo, name } = await world.addApp('annotation', { name: 'run-first', retries: 1 }, files)
    const failed = await argo.waitFor({
      app: name,
      what: 'a failed sync',
      isSo: ({ status }) => status?.operationState?.phase === 'Failed',
    })
    const said = failed.status?.operationState?.syncResult?.resources?.map(({ message }) => message).join('\n')
    expect(said).toContain('PipelineConfig')
    expect(said).toContain('"web"')
    await argo.removeApp(name)
  })
}

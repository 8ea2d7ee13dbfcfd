import { expect, onTestFinished, test } from 'vitest'
import type { ArgoApplication } from '../../helpers/gitops/argocd-api.ts'
import { recordObject } from '../../helpers/gitops/record-object.ts'
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
    // What a sync said is forgotten when the next begins.
    const record = recordObject(cluster.target, argo.namespace, `applications.argoproj.io/${name}`)
    onTestFinished(() => record.stop())
    await argo.waitForSync(name, { revision: commit, seconds: 120 })
    const operations = record.seen().map((app) => (app as unknown as ArgoApplication).status?.operationState)
    const retried = operations.filter((operation) => (operation?.retryCount ?? 0) > 0)
    const resources = retried.flatMap((operation) => operation?.syncResult?.resources ?? [])
    const said = resources.filter((one) => one.name === 'a-run').map(({ message }) => message)
    expect(said).toContainEqual(expect.stringContaining('PipelineConfig'))
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

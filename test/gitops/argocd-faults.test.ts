import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { PipelineRun } from '../../crds/kinds.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aStep, type Manifest, TestCluster } from '../helpers/cluster.ts'
import { eventually } from '../helpers/eventually.ts'
import { type ArgoCd, startArgoCd } from '../helpers/gitops/argocd.ts'
import type { ArgoApplication } from '../helpers/gitops/argocd-api.ts'
import type { SyncedRepository } from '../helpers/gitops/git-server.ts'
import { countChanges, recordObject } from '../helpers/gitops/record-object.ts'
import { type AppOptions, anApp, readPageManifests, toYaml } from './argocd/apps.ts'

/** What goes wrong beside Argo CD, with real Argo CD: what it shows, and that all of it heals by itself. */
const root = new TestCluster('default')
const system = new TestCluster('c8s-system')
const { images, commits } = root.sample
const busybox = images['busybox'] ?? ''
const manifests = readPageManifests(root.sample)
const namespaces: string[] = []
let argo: ArgoCd

const approvals = join(import.meta.dirname, '../../deploy/argocd/argocd-cm-approvals.yaml')

beforeAll(async () => {
  const { data } = parse(readFileSync(approvals, 'utf8')) as { data: Readonly<Record<string, string>> }
  argo = await startArgoCd({ cluster: root.target, namespace: 'c8s-argocd-faults', settings: data })
})
afterAll(async () => {
  await argo?.stop()
  for (const name of namespaces)
    kubectl(root.target, ['delete', 'namespace', name, '--ignore-not-found', '--wait=false'])
})

interface Added {
  readonly name: string
  readonly repository: SyncedRepository
  readonly commit: string
  readonly cluster: TestCluster
}

const at = 'pipelines/all.yaml'

/** An application of its own, with a repository and, unless another is named, a namespace. */
async function addApp(name: string, objects: readonly Manifest[], options: Partial<AppOptions> = {}): Promise<Added> {
  const cluster = new TestCluster(options.namespace ?? `gitops-${name}`)
  if (options.namespace === undefined) {
    namespaces.push(cluster.namespace)
    cluster.createNamespace()
  }
  const repository = argo.git.create(name)
  const commit = repository.commit({ [at]: toYaml(...objects) })
  const own = { name, repoURL: repository.url, path: 'pipelines', namespace: cluster.namespace }
  await argo.applyApp(anApp(manifests, { ...own, ...options }))
  return { name, repository, commit, cluster }
}

const repository = sampleUrls.public
const aSimple = (name: string, ...commands: readonly string[]): Manifest =>
  aConfig(name, { repository, steps: [{ ...aStep('only', busybox, ...commands), clone: false }] })
const aGitRun = (name: string, pipelineConfigRef: string, wave = '1'): Manifest => ({
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name, annotations: { 'argocd.argoproj.io/sync-wave': wave } },
  spec: { pipelineConfigRef, commit: commits.main, branch: 'main' },
})
const configOf = ({ cluster }: Added, name: string) =>
  JSON.parse(cluster.run('get', 'pipelineconfigs.c8s.dev', name, '-o', 'json')) as Manifest
const runsOf = ({ cluster }: Added) =>
  (JSON.parse(cluster.run('get', 'pipelineruns.c8s.dev', '-o', 'json')) as { items: PipelineRun[] }).items
const commandOf = (added: Added) => JSON.stringify(configOf(added, 'web')['spec'])
const isTold = ({ status }: ArgoApplication, text: string) =>
  JSON.stringify([status?.operationState, status?.conditions]).includes(text)

describe('a config that turns invalid', () => {
  test('is refused with a message that Argo CD shows, and the last good one stays', async () => {
    const app = await addApp('turns-invalid', [aSimple('web', 'echo good')], { retries: 0 })
    await argo.waitForSync(app.name, { revision: app.commit })
    const [step] = [{ ...aStep('only', busybox, 'echo bad'), clone: false, dependsOn: ['missing'] }]
    app.repository.commit({ [at]: toYaml(aConfig('web', { repository, steps: [step] })) })
    await argo.refresh(app.name, 'hard')
    const failed = await argo.waitFor({
      app: app.name,
      what: 'Failed, with what is wrong',
      // Argo CD writes the end of the operation first, and what it compared after it.
      isSo: ({ status }) =>
        status?.operationState?.phase === 'Failed' &&
        status.sync?.status === 'OutOfSync' &&
        status.conditions?.some(({ type }) => type === 'SyncError') === true,
    })
    expect(isTold(failed, 'spec.steps[0].dependsOn')).toBe(true)
    expect(isTold(failed, 'missing')).toBe(true)
    expect(commandOf(app)).toContain('echo good')
    const revision = app.repository.commit({ [at]: toYaml(aSimple('web', 'echo better')) })
    await argo.refresh(app.name, 'hard')
    await argo.waitForSync(app.name, { revision })
    expect(commandOf(app)).toContain('echo better')
  })
})

describe('two that want the same config', () => {
  test('Argo CD puts back what a person applies; no run is made', async () => {
    const app = await addApp('healed', [aSimple('web', 'echo git')])
    await argo.waitForSync(app.name, { revision: app.commit })
    for (const word of ['one', 'two', 'three']) {
      app.cluster.apply(aSimple('web', `echo ${word}`))
      await eventually(`echo git instead of ${word}`, async () =>
        commandOf(app).includes('echo git') ? true : undefined,
      )
    }
    await argo.waitForHealth(app.name, 'Healthy')
    expect(runsOf(app)).toEqual([])
  })

  test('two applications: Argo CD warns of both, c8s writes no more than they do and makes no run', async () => {
    const one = await addApp('fights-one', [aSimple('web', 'echo one')])
    await argo.waitForSync(one.name, { revision: one.commit })
    const record = recordObject(root.target, one.cluster.namespace, 'pipelineconfigs.c8s.dev/web')
    await addApp('fights-two', [aSimple('web', 'echo two')], { namespace: one.cluster.namespace })
    await argo.waitFor({
      app: 'fights-two',
      what: 'warned of the shared resource',
      isSo: (found) => found.status?.conditions?.some(({ type }) => type === 'SharedResourceWarning') === true,
    })
    await eventually('a change to and fro', async () =>
      new Set(record.seen().map(({ spec }) => JSON.stringify(spec))).size > 1 &&
      countChanges(record.seen(), ({ metadata }) => metadata.generation) >= 3
        ? true
        : undefined,
    )
    await argo.removeApp('fights-two')
    await eventually('the first one has won', async () => (commandOf(one).includes('echo one') ? true : undefined))
    const seen = record.seen()
    record.stop()
    // c8s writes its status once for what is new, and nothing else.
    const specs = countChanges(seen, ({ metadata }) => metadata.generation)
    expect(countChanges(seen, ({ status }) => status)).toBeLessThanOrEqual(specs + 1)
    expect(seen.every(({ status }) => !JSON.stringify(status ?? {}).includes('"Stalled","status":"True"'))).toBe(true)
    expect(runsOf(one)).toEqual([])
  })
})

describe('a namespace that is deleted while a run goes on', () => {
  test('nothing of ours stays; Argo CD makes it anew and ends well', async () => {
    const app = await addApp('namespace-gone', [aSimple('web', 'sleep 15; echo done'), aGitRun('first', 'web')])
    const uid = () => root.run('get', 'namespace', app.cluster.namespace, '-o', 'jsonpath={.metadata.uid}')
    const before = uid()
    await eventually('the run', async () =>
      runsOf(app).some(({ status }) => status?.phase === 'Running') ? true : undefined,
    )
    const deleted = new Date()
    root.run('delete', 'namespace', app.cluster.namespace, '--wait=true', '--timeout=120s')
    const minutes = Math.ceil((Date.now() - deleted.getTime()) / 60_000)
    await eventually('another namespace', async () => {
      const { stdout } = root.try('get', 'namespace', app.cluster.namespace, '-o', 'jsonpath={.metadata.uid}')
      return stdout !== '' && stdout !== before ? true : undefined
    })
    // Argo CD may have seen the run alone go: then it tries to heal nothing else, six times over two minutes, before it looks again.
    await argo.waitForSync(app.name, { revision: app.commit, seconds: 400 })
    await argo.waitForHealth(app.name, 'Healthy')
    expect(runsOf(app).map(({ status }) => status?.phase)).toEqual(['Succeeded'])
    // It may have failed on what was just going away, for as long as that took, but does not go on failing.
    const lines = readErrors(app.cluster.namespace, deleted)
    expect(lines.length, lines.join('\n')).toBeLessThan(20 * minutes)
    expect(readErrors(app.cluster.namespace, new Date(Date.now() - 5000))).toEqual([])
  }, 900_000)
})

/** Warnings and errors of the controllers that name the text. */
function readErrors(text: string, since: Date): readonly string[] {
  const selector = ['-l', 'app.kubernetes.io/component=controller', '--tail=-1', `--since-time=${since.toISOString()}`]
  const lines = system.run('logs', ...selector).split('\n')
  return lines.filter((line) => line.includes(text) && /"level":(?:4|5|6)0|"level":"(?:warn|error|fatal)"/.test(line))
}

describe('a repository with 500 configs', () => {
  const count = 500
  const rows = Array.from({ length: count }, (_, index) => `${index}`)
  const text = 'x'.repeat(200)
  const maps = rows.map((row): Manifest => {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `web-${row}` }, data: { text } }
  })
  const configs = rows.map((row) => aSimple(`web-${row}`, `echo ${text}`))

  /** The first sync of so many objects, in seconds. */
  async function sync(name: string, objects: readonly Manifest[]): Promise<number> {
    const app = await addApp(name, objects, { retries: 0 })
    await argo.waitForSync(app.name, { revision: app.commit, seconds: 400 })
    const seconds = await readSyncSeconds(app.name)
    await argo.waitForHealth(app.name, 'Healthy', 120)
    return seconds
  }

  test('is synced in one go, in no more than three times the time of 500 ConfigMaps', async () => {
    const ofMaps = await sync('many-maps', maps)
    const ofConfigs = await sync('many-configs', configs)
    const ratio = ofConfigs / ofMaps
    console.log(`500 ConfigMaps in ${ofMaps} s, 500 configs in ${ofConfigs} s: ${ratio.toFixed(2)}`)
    expect(ratio).toBeLessThanOrEqual(3)
  }, 900_000)
})

/** From the beginning of the last sync to its end; whole seconds. */
async function readSyncSeconds(app: string): Promise<number> {
  const { status } = await argo.getApp(app)
  const { startedAt = '', finishedAt = '' } = (status?.operationState ?? {}) as Readonly<Record<string, string>>
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000
}

describe('Argo CD', () => {
  test('killed while it syncs, it goes on, and the run is the one that it had made', async () => {
    const later = { ...aSimple('later', 'true'), metadata: { name: 'later', annotations: waves('2') } }
    const app = await addApp('killed', [aSimple('web', 'sleep 10; echo done'), aGitRun('first', 'web'), later])
    const uid = await eventually('the run', async () =>
      runsOf(app)
        .filter(({ status }) => status?.phase === 'Running')
        .map(({ metadata }) => metadata.uid)
        .at(0),
    )
    expect((await argo.getApp(app.name)).status?.operationState?.phase).toBe('Running')
    await argo.restart('application-controller')
    await argo.waitForSync(app.name, { revision: app.commit, seconds: 150 })
    await argo.waitForHealth(app.name, 'Healthy')
    expect(runsOf(app).map(({ metadata }) => metadata.uid)).toEqual([uid])
    expect(configOf(app, 'later')).toBeDefined()
  })
})

const waves = (wave: string) => ({ 'argocd.argoproj.io/sync-wave': wave })

describe('actions', () => {
  let app: Added
  const ref = (name: string) => ({
    group: 'c8s.dev',
    version: 'v1alpha1',
    kind: 'PipelineRun',
    namespace: app.cluster.namespace,
    name,
  })
  const healthOf = async (name: string) =>
    (await argo.resourceTree(app.name)).find((node) => node.kind === 'PipelineRun' && node.name === name)?.health
      ?.status
  const waitForHealth = (name: string, health: string) =>
    eventually(`${name} ${health}`, async () => ((await healthOf(name)) === health ? true : undefined))

  beforeAll(async () => {
    const asks = aConfig('asks', { repository, steps: [{ name: 'ask', approval: {} }] })
    const objects = [aSimple('web', 'echo done'), aSimple('slow', 'sleep 120'), asks]
    const runs = [aGitRun('done', 'web'), aGitRun('long', 'slow'), aGitRun('waits', 'asks')]
    app = await addApp('actions', [...objects, ...runs])
  })

  test('approve: a run that waits is Suspended, and goes on', async () => {
    await waitForHealth('waits', 'Suspended')
    expect(await argo.listActions(app.name, ref('waits'))).toContainEqual(expect.objectContaining({ name: 'approve' }))
    await argo.runAction(app.name, ref('waits'), 'approve')
    await waitForHealth('waits', 'Healthy')
    expect(app.cluster.getRun('waits').spec.approvals).toEqual({ ask: 'Approved' })
  })

  test('cancel: a run that goes on ends, and is Degraded', async () => {
    app.cluster.waitForStep('long', 'only', 'Running')
    await argo.runAction(app.name, ref('long'), 'cancel')
    await waitForHealth('long', 'Degraded')
    expect(app.cluster.getRun('long').status?.phase).toBe('Cancelled')
  })

  test('rerun: another run is shown below the first', async () => {
    await waitForHealth('done', 'Healthy')
    await argo.runAction(app.name, ref('done'), 'rerun')
    const again = await eventually('the new run', async () => {
      const nodes = await argo.resourceTree(app.name)
      return nodes.find(({ kind, parentRefs = [] }) => kind === 'PipelineRun' && parentRefs[0]?.name === 'done')
    })
    const run = app.cluster.waitForRun(again.name)
    expect(run.status?.phase).toBe('Succeeded')
    expect(run.spec).toMatchObject({ rerunOf: { run: 'done', from: 'Start' } })
    expect(JSON.stringify(run.metadata)).not.toContain('argocd.argoproj.io')
  })

  test('run: a config is asked for a run, which no diff shows', async () => {
    const config = { ...ref('web'), kind: 'PipelineConfig' }
    await argo.runAction(app.name, config, 'run')
    const token = await eventually('an answer', async () => {
      const { status } = configOf(app, 'web') as { status?: { lastRequest?: { token: string } } }
      return status?.lastRequest?.token
    })
    expect(token).toMatch(/^argocd-/)
    await argo.refresh(app.name)
    const found = (await argo.getApp(app.name)).status?.resources?.find(
      ({ name, kind }) => name === 'web' && kind === config.kind,
    )
    expect(found?.status).toBe('Synced')
  })
})

// Last: it takes c8s's webhooks away from everybody.
describe('webhooks that are down', () => {
  const scale = (replicas: number) => {
    system.run('scale', 'deployment/c8s-admission', `--replicas=${replicas}`)
    const pods = ['-l', 'app.kubernetes.io/component=admission']
    if (replicas === 0) system.run('wait', 'pods', ...pods, '--for=delete', '--timeout=60s')
    else system.run('rollout', 'status', 'deployment/c8s-admission', '--timeout=90s')
  }
  afterAll(() => scale(2))

  test('are told by Argo CD, which tries again, and all heals by itself', async () => {
    const app = await addApp('outage', [aSimple('web', 'echo before')], { retries: 20 })
    await argo.waitForSync(app.name, { revision: app.commit })
    scale(0)
    const revision = app.repository.commit({ [at]: toYaml(aSimple('web', 'echo after')) })
    await argo.refresh(app.name, 'hard')
    await argo.waitFor({
      app: app.name,
      what: 'tried again, with what is wrong',
      isSo: (found) => (found.status?.operationState?.retryCount ?? 0) > 0 && isTold(found, 'failed calling webhook'),
    })
    expect(commandOf(app)).toContain('echo before')
    scale(2)
    await argo.waitForSync(app.name, { revision, seconds: 120 })
    expect(commandOf(app)).toContain('echo after')
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, phasesOf, TestCluster } from '../helpers/cluster.ts'
import { completeManifest, type DocManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'
import { createStaticVolumes, type StaticVolumes } from '../helpers/static-volumes.ts'

const cluster = new TestCluster('e2e-workspace')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const workspace = { size: '100Mi', storageClassName: 'c8s-e2e-workspace' }
let volumes: StaticVolumes

/** What docs/workspaces.md begins with, on the sample repository. */
function readExample(): DocManifest {
  const [example] = parseExamples(readDocPage('docs/workspaces.md'))
  const text = JSON.stringify(completeManifest(example?.documents[0]))
    .replaceAll('busybox:1.37', busybox)
    .replaceAll('https://github.com/octocat/Hello-World', repository)
    .replaceAll('7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', commits.main)
    .replaceAll('README', 'README.md')
    .replaceAll('"standard"', JSON.stringify(workspace.storageClassName))
  return JSON.parse(text) as DocManifest
}

const listClaims = (run: string) => cluster.run('get', 'pvc', '-l', `c8s.dev/run=${run}`, '-o', 'name').trim()
const rowOf = ({ status }: PipelineRun, step: string) => status?.steps?.find(({ name }) => name === step)

const tryTwice = {
  ...aStep('again', busybox, 'if [ -f mark ]; then cat mark; exit 0; fi', 'echo kept > mark', 'exit 3'),
  clone: false,
  retries: { limit: 1, backoff: '1s' },
}
const never = { ...aStep('waits', busybox, 'true'), clone: false }

beforeAll(() => {
  cluster.createNamespace()
  const { target, namespace } = cluster
  const id = workspace.storageClassName
  volumes = createStaticVolumes(target, { id, namespace, image: busybox, count: 2 })
  cluster.apply(
    readExample(),
    aRun('retried', commits.main, { repository, workspace, steps: [tryTwice] }),
    aRun('unbound', commits.main, {
      repository,
      workspace: { size: '1Gi', storageClassName: 'c8s-e2e-none' },
      steps: [never],
    }),
  )
}, 120_000)
afterAll(() => {
  volumes.remove()
  cluster.removeNamespace()
})

test('two steps side by side and the one after them work in the same files, and clone once', () => {
  const run = cluster.waitForRun('shared')
  expect(phasesOf(run)).toEqual({ client: 'Succeeded', server: 'Succeeded', pack: 'Succeeded' })
  expect(cluster.logOf(run, 'pack')).toMatch(/^client\nserver$/m)
  const clones = ['client', 'server', 'pack'].map((step) =>
    cluster.run('logs', `job/${cluster.jobOf(run, step)}`, '-c', 'c8s-clone'),
  )
  expect(clones.filter((log) => log.includes('holds the commit already')).length).toBeGreaterThanOrEqual(1)
})

test('a second attempt finds what the first left', () => {
  const run = cluster.waitForRun('retried')
  expect(rowOf(run, 'again')).toMatchObject({ phase: 'Succeeded', attempts: [expect.anything()] })
  expect(cluster.logOf(run, 'again')).toMatch(/^kept$/m)
})

test('the claims go when their runs have ended: as soon as no pod is left that used them', () => {
  for (const name of ['shared', 'retried']) {
    cluster.waitForRun(name)
    const claim = listClaims(name)
    if (claim === '') continue
    cluster.run('wait', '--for=jsonpath={.metadata.deletionTimestamp}', claim, '--timeout=30s')
    cluster.run('delete', 'pods', '-l', `c8s.dev/run=${name}`, '--wait=false')
    cluster.run('wait', '--for=delete', claim, '--timeout=30s')
  }
})

test('a volume that nobody provides is waited for, with the words of the scheduler, and a cancel ends that', () => {
  const message = '--for=jsonpath={.status.steps[0].reason}=VolumePending'
  cluster.run('wait', message, 'pipelineruns.c8s.dev/unbound', '--timeout=60s')
  expect(rowOf(cluster.getRun('unbound'), 'waits')?.message).toContain('kubectl describe pvc')
  cluster.run('patch', 'pipelineruns.c8s.dev', 'unbound', '--type=merge', '-p', '{"spec":{"cancel":true}}')
  expect(cluster.waitForRun('unbound').status?.phase).toBe('Cancelled')
  cluster.run('wait', '--for=delete', 'pvc', '-l', 'c8s.dev/run=unbound', '--timeout=30s')
})

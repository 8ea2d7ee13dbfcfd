import { afterAll, beforeAll, expect, test } from 'vitest'
import { aStep, phasesOf, TestCluster } from '../helpers/cluster.ts'
import {
  aPipelineFile,
  type ConnectedRepository,
  connectRepository,
  openTestForge,
  type TestForge,
  waitForEventRun,
} from '../helpers/connected-repository.ts'

/** What steps ask of the push that they are for: which files, which event, which branch, which tag. */
const cluster = new TestCluster('e2e-conditions-push')
const busybox = cluster.sample.images['busybox'] ?? ''
let forge: TestForge
let app: ConnectedRepository

const when = (name: string, conditional: object) => ({ ...aStep(name, busybox, 'true'), clone: false, conditional })
const file = aPipelineFile(busybox, {
  triggers: { push: {}, tag: { tags: ['v*'] } },
  steps: [
    when('docs', { paths: ['docs/**'] }),
    when('code', { paths: ['src/**'], ignorePaths: ['src/*.md'] }),
    when('counted', { when: 'changedFiles.exists(f, f.startsWith("docs/")) && event == "push"' }),
    when('main', { branch: 'main', events: ['push'] }),
    when('release', { tag: 'v*', events: ['tag'] }),
    when('by-hand', { events: ['manual'] }),
  ],
})

beforeAll(async () => {
  cluster.createNamespace()
  forge = await openTestForge()
  app = await connectRepository({ cluster, forge, name: 'app' })
  await app.push({ '.c8s.yaml': file, 'src/a.txt': 'a' })
})
afterAll(async () => {
  app.remove()
  await forge.address.close()
  cluster.removeNamespace()
})

test('a push that changes documents runs what documents need, and says why the rest is skipped', async () => {
  const commit = await app.push({ 'docs/b.txt': 'b', 'src/c.md': 'c' })
  const run = waitForEventRun(cluster, app.nameRun({ commit }))
  expect(run.spec.event?.changedFiles?.toSorted()).toEqual(['docs/b.txt', 'src/c.md'])
  expect(phasesOf(run)).toEqual({
    docs: 'Succeeded',
    code: 'Skipped',
    counted: 'Succeeded',
    main: 'Succeeded',
    release: 'Skipped',
    'by-hand': 'Skipped',
  })
  const skipped = run.status?.steps?.filter(({ phase }) => phase === 'Skipped')
  expect(skipped?.map(({ name, skippedBy }) => `${name} by ${skippedBy}`)).toEqual([
    expect.stringMatching(/^code by (paths|ignorePaths)$/),
    'release by tag',
    'by-hand by events',
  ])
})

test('a tag runs what is for tags', async () => {
  const commit = await app.push({ 'src/d.txt': 'd' })
  waitForEventRun(cluster, app.nameRun({ commit }))
  await app.checkout.git('tag', 'v1')
  await app.checkout.git('push', '--quiet', 'origin', 'v1')
  const run = waitForEventRun(cluster, app.nameRun({ commit, type: 'tag', ref: 'v1' }))
  expect(phasesOf(run)).toMatchObject({ main: 'Skipped', release: 'Succeeded', counted: 'Skipped' })
})

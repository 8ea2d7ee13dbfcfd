import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { deployC8s } from '../../deploy/install/deploy.ts'
import { refuseDowngrade } from '../../deploy/install/downgrade.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { aConfig, aRun, aStep, type Manifest, readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import { checkOutRelease, findPreviousCommit, type PreviousRelease } from '../helpers/previous-release.ts'

/** The release before this one is there, 50 runs are under way, and c8s is changed under them: none fails, none repeats. */
const cluster = new TestCluster('e2e-upgrade')
const system = new TestCluster('c8s-system')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const chosen = readChosenCluster()
const count = 50
const commit = findPreviousCommit()
let previous: PreviousRelease | undefined

const plain = (name: string, ...commands: readonly string[]) => ({ ...aStep(name, busybox, ...commands), clone: false })
const first = plain('first', 'sleep 25', 'echo done')
const pipelines = {
  chain: { repository, steps: [first, { ...plain('second', 'echo done'), dependsOn: ['first'] }] },
  legs: {
    repository,
    steps: [
      first,
      { ...plain('second', 'echo done'), dependsOn: ['first'], matrix: { dimensions: { n: ['1', '2'] } } },
    ],
  },
  call: { repository, steps: [first, { name: 'second', dependsOn: ['first'], pipeline: { configRef: 'called' } }] },
}

/** Of ten runs one has legs and one calls a pipeline: what old and new have to agree about beside plain Jobs. */
function startRuns(prefix: string): void {
  const runs = Array.from({ length: count }, (_, i): Manifest => {
    const shape = i % 10 === 0 ? 'legs' : i % 10 === 5 ? 'call' : 'chain'
    return shape === 'call'
      ? {
          ...aRun(`${prefix}-${i}`, commits.main, pipelines.chain),
          spec: { commit: commits.main, branch: 'main', pipelineConfigRef: 'caller' },
        }
      : aRun(`${prefix}-${i}`, commits.main, pipelines[shape])
  })
  cluster.apply(...runs)
}

/** Those of one batch, without the runs that they call. */
function readRuns(prefix: string): readonly PipelineRun[] {
  const { items } = JSON.parse(cluster.run('get', 'pipelineruns.c8s.dev', '-o', 'json')) as { items: PipelineRun[] }
  return items.filter(({ metadata, spec }) => metadata.name?.startsWith(`${prefix}-`) && spec.parent === undefined)
}

const hasEnded = ({ status }: PipelineRun) => status?.completionTime !== undefined
const isUnderWay = ({ status }: PipelineRun) => status?.steps?.some(({ phase }) => phase === 'Running') === true

async function changeUnderWay(prefix: string, change: () => Promise<void> | void): Promise<void> {
  startRuns(prefix)
  await expect
    .poll(() => readRuns(prefix).filter(isUnderWay).length, { timeout: 90_000, interval: 1000 })
    .toBeGreaterThan(5)
  expect(readRuns(prefix).filter(hasEnded)).toEqual([])
  await change()
}

async function expectAllOnce(prefix: string): Promise<void> {
  const open = () => readRuns(prefix).filter((run) => !hasEnded(run)).length
  await expect.poll(open, { timeout: 480_000, interval: 2000 }).toBe(0)
  const runs = readRuns(prefix)
  const failed = runs.filter(({ status }) => status?.phase !== 'Succeeded')
  expect(failed.map(({ metadata, status }) => `${metadata.name}: ${status?.message}`)).toEqual([])
  expect(runs).toHaveLength(count)
  const rows = runs.flatMap(({ status }) => status?.steps ?? [])
  expect(rows.filter(({ attempt, attempts }) => attempt !== 1 || attempts !== undefined)).toEqual([])
  const { items } = JSON.parse(cluster.run('get', 'jobs', '-o', 'json')) as { items: Job[] }
  const names = new Set(runs.map(({ metadata }) => metadata.name))
  const own = items.filter(({ metadata }) => names.has(metadata.labels?.['c8s.dev/run']))
  expect(own).toHaveLength(rows.filter(({ run }) => run === undefined).length)
  expect(own.filter(({ status }) => status?.conditions?.some(({ type }) => type === 'Failed'))).toEqual([])
}

beforeAll(() => {
  if (commit === undefined) {
    console.warn(
      'upgrade.test.ts: the history does not reach back to the release before (a shallow clone?): from this one to itself, with another image name',
    )
  }
  cluster.createNamespace()
  cluster.apply(
    aConfig('called', { repository, steps: [plain('only', 'echo done')] }),
    aConfig('caller', pipelines.call),
  )
  previous = commit === undefined ? undefined : checkOutRelease(commit)
  previous?.deploy(chosen)
  // Its packages may have to be installed first, and its image built.
}, 900_000)

afterAll(async () => {
  await deployC8s(chosen)
  previous?.remove()
  cluster.removeNamespace()
}, 300_000)

/** The same image by its tag-less digest is another template all the same: every pod is replaced. */
function restartAll(): void {
  system.run('rollout', 'restart', 'deployment')
  for (const role of ['admission', 'controller', 'server'])
    system.run('rollout', 'status', `deployment/c8s-${role}`, '--timeout=120s')
}

describe(`from ${commit?.slice(0, 7) ?? 'itself'}`, () => {
  test('an upgrade in the midst of 50 runs', async () => {
    await changeUnderWay('up', async () => {
      await deployC8s(chosen)
      if (previous === undefined) restartAll()
    })
    await expectAllOnce('up')
  }, 900_000)

  test('and back, where that loses no field; else it is refused', async () => {
    const folder = previous?.folder ?? process.cwd()
    const crds = join(folder, 'deploy/crds.yaml')
    expect(existsSync(crds)).toBe(true)
    const refusal = describeRefusal(crds)
    if (refusal !== undefined) {
      expect(refusal).toMatch(/^this cluster has a newer c8s: what is stored in .* would be lost\. /)
      return
    }
    kubectl(cluster.target, ['-n', cluster.namespace, 'delete', 'pipelineruns.c8s.dev', '--all', '--wait'])
    await changeUnderWay('down', () => (previous === undefined ? restartAll() : previous.deploy(chosen)))
    await expectAllOnce('down')
  }, 900_000)
})

function describeRefusal(crds: string): string | undefined {
  try {
    refuseDowngrade(cluster.target, crds)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

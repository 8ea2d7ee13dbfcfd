import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Pod } from '../../src/lib/kubernetes.ts'
import { runKubectl } from '../helpers/ask-kubectl.ts'
import { type Manifest, readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import { findDocInput } from '../helpers/doc-input.ts'
import { eventually } from '../helpers/eventually.ts'
import { type RegistryStandIn, startRegistryStandIn } from '../helpers/registry-stand-in.ts'

/** The example of docs/runs.md: three images that cannot be pulled, each for another reason, from a registry of the test. */
const isLocal = readChosenCluster().kind === 'local'
const cluster = new TestCluster('e2e-registry')
const example = findDocInput('docs/runs.md', cluster, ['PipelineRun', 'images-1'])
let registry: RegistryStandIn
let run: Manifest

/** Beside this process: a kubectl that holds it holds the registry, too. */
const read = async (...what: readonly string[]): Promise<unknown> =>
  JSON.parse(await runKubectl(cluster.target, { args: ['-n', cluster.namespace, 'get', ...what, '-o', 'json'] }))

type Row = NonNullable<NonNullable<PipelineRun['status']>['steps']>[number]

const waitForRow = (step: string, isSo: (row: Row) => boolean, seconds = 90): Promise<Row> =>
  eventually(
    `what is wanted of step ${step}`,
    async () => {
      const { status } = (await read('pipelineruns.c8s.dev', 'images-1')) as PipelineRun
      return status?.steps?.find((row) => row.name === step && isSo(row))
    },
    seconds,
  )

/** When kubelet took the pod of the step, in milliseconds. */
const waitForPod = (step: string): Promise<number> =>
  eventually(`the pod of ${step}`, async () => {
    const { items } = (await read('pods', '-l', `c8s.dev/run=images-1,c8s.dev/step=${step}`)) as { items: Pod[] }
    const started = items[0]?.status?.startTime
    return started === undefined ? undefined : Date.parse(started)
  })

beforeAll(async () => {
  cluster.createNamespace()
  registry = await startRegistryStandIn(cluster.sample.images['busybox'] ?? '')
  run = JSON.parse(JSON.stringify(example).replaceAll('registry.example.com', registry.host)) as Manifest
})
afterAll(async () => {
  await registry.close()
  cluster.removeNamespace()
})

/** Told 25 s after the container could have begun, where an error that may pass gets 300; the rest is for a busy machine. */
const soonSeconds = 30

test.runIf(isLocal)(
  'a wrong name and missing credentials fail within 30 s, and the image is named',
  async () => {
    cluster.apply(run)
    const taken = { misspelt: await waitForPod('misspelt'), denied: await waitForPod('denied') }
    const secondsTo = (step: keyof typeof taken, end = '') => (Date.parse(end) - taken[step]) / 1000
    const missing = await waitForRow('misspelt', ({ phase }) => phase === 'Failed')
    expect(missing).toMatchObject({ reason: 'ImagePull', attempt: 1 })
    expect(missing.message).toContain(`image "${registry.host}/no-such:1" cannot be pulled: it does not exist`)
    expect(secondsTo('misspelt', missing.completionTime)).toBeLessThanOrEqual(soonSeconds)

    const denied = await waitForRow('denied', ({ phase }) => phase === 'Failed')
    expect(denied).toMatchObject({ reason: 'ImagePull', attempt: 1 })
    expect(denied.message).toMatch(/^image "[^"]*\/private\/tool:1" cannot be pulled: .*the registry denies access/)
    expect(secondsTo('denied', denied.completionTime)).toBeLessThanOrEqual(soonSeconds)
  },
  240_000,
)

test.runIf(isLocal)(
  'a registry that takes no more pulls for now is waited for, and said to be',
  async () => {
    expect(registry.refusals()).toBeGreaterThan(0)
    const waiting = await waitForRow('limited', ({ reason }) => reason === 'ImagePull')
    expect(waiting.phase).toBe('Pending')
    expect(waiting.message).toContain('the registry takes no more pulls for now')
    registry.release()
    // Just after a try the next is up to 80 s away.
    const ended = await waitForRow('limited', ({ phase }) => phase === 'Succeeded', 170)
    expect(ended).toMatchObject({ attempt: 1, exitCode: 0 })
  },
  240_000,
)

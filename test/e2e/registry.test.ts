import { afterAll, beforeAll, expect, test } from 'vitest'
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

const rowOf = (name: string) => cluster.getRun('images-1').status?.steps?.find((row) => row.name === name)
/** Asked now and then: a kubectl that waits would hold this process, and the registry with it. */
const waitForPhase = (step: string, phase: string) =>
  eventually(`step ${step}: ${phase}`, async () => {
    const row = rowOf(step)
    return row?.phase === phase ? row : undefined
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

/** From the creation of the run to the end of the step. */
function secondsTo(end: string | undefined): number {
  const { creationTimestamp = '' } = cluster.getRun('images-1').metadata
  return (Date.parse(end ?? '') - Date.parse(creationTimestamp)) / 1000
}

test.runIf(isLocal)('a wrong name and missing credentials fail within 30 s, and the image is named', async () => {
  cluster.apply(run)
  const missing = await waitForPhase('misspelt', 'Failed')
  expect(missing).toMatchObject({ reason: 'ImagePull', attempt: 1 })
  expect(missing.message).toContain(`image "${registry.host}/no-such:1" cannot be pulled: it does not exist`)
  expect(secondsTo(missing.completionTime)).toBeLessThanOrEqual(30)

  const denied = await waitForPhase('denied', 'Failed')
  expect(denied).toMatchObject({ reason: 'ImagePull', attempt: 1 })
  expect(denied.message).toMatch(/^image "[^"]*\/private\/tool:1" cannot be pulled: .*the registry denies access/)
  expect(secondsTo(denied.completionTime)).toBeLessThanOrEqual(30)
})

test.runIf(isLocal)('a registry that takes no more pulls for now is waited for, and said to be', async () => {
  expect(registry.refusals()).toBeGreaterThan(0)
  const waiting = rowOf('limited')
  expect(waiting).toMatchObject({ phase: 'Pending', reason: 'ImagePull' })
  expect(waiting?.message).toContain('the registry takes no more pulls for now')
  registry.release()
  expect(await waitForPhase('limited', 'Succeeded')).toMatchObject({ attempt: 1, exitCode: 0 })
})

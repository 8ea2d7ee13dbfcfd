import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, TestCluster } from '../helpers/cluster.ts'
import { findDocInput } from '../helpers/doc-input.ts'

/** A step that fills its disk, under the LimitRange of docs/runs.md: it is named, and nobody else is hurt. */
const cluster = new TestCluster('e2e-disk')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const plain = (name: string, ...commands: readonly string[]) => ({ ...aStep(name, busybox, ...commands), clone: false })

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(findDocInput('docs/runs.md', cluster, ['LimitRange', 'disk']))
})
afterAll(() => cluster.removeNamespace())

test('a step that fills its disk is ended and says so; it is not tried again, and other runs go on', () => {
  const repository = sampleUrls.public
  const fill = plain('fill', 'echo filling', 'dd if=/dev/zero of=/tmp/full bs=1M count=128', 'sleep 100')
  const sweep = plain('sweep', 'echo swept')
  cluster.apply(
    aRun('full', commits.main, { repository, steps: [{ ...fill, retries: { limit: 2 } }], finally: [sweep] }),
    aRun('beside', commits.main, { repository, steps: [plain('calm', 'echo calm > /tmp/small', 'sleep 5')] }),
  )
  expect(cluster.waitForRun('beside').status?.phase).toBe('Succeeded')
  const { status } = cluster.waitForRun('full')
  expect(status).toMatchObject({ phase: 'Failed' })
  const [filled, swept] = status?.steps ?? []
  expect(filled).toMatchObject({ phase: 'Failed', reason: 'DiskLimit', attempt: 1 })
  expect(filled?.message).toMatch(/exceeded its local ephemeral storage limit|ephemeral local storage usage exceeds/)
  expect(swept).toMatchObject({ name: 'sweep', phase: 'Succeeded' })
})

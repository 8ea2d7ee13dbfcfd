import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toKubectlArguments } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, TestCluster } from '../helpers/cluster.ts'

const cluster = new TestCluster('e2e-logs')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const plain = (step: ReturnType<typeof aStep>) => ({ ...step, clone: false })

/** Lines of 100 bytes, numbered: with shorter ones the container runtime's own prefix of each line outweighs the text. */
const lineCount = 2_000_000
const flood = `awk 'BEGIN { for (i = 1; i <= ${lineCount}; i++) printf "%099d\\n", i }'`

beforeAll(() => cluster.createNamespace())
afterAll(() => cluster.removeNamespace())

function follow(job: string): { readonly firstLine: Promise<string>; stop(): void } {
  const args = toKubectlArguments(cluster.target, ['-n', cluster.namespace, 'logs', '-f', `job/${job}`])
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const firstLine = new Promise<string>((resolve) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.split('\n')[0] ?? '')
    })
  })
  return { firstLine, stop: () => child.kill() }
}

test('200 MB at full speed arrive whole and in order', async () => {
  const pour = plain(aStep('pour', busybox, flood))
  cluster.apply(aRun('flood', commits.main, { repository, steps: [{ ...pour, timeout: '5m' }] }))
  const run = cluster.waitForRun('flood', 300)
  expect(run.status?.phase).toBe('Succeeded')
  const args = toKubectlArguments(cluster.target, [
    '-n',
    cluster.namespace,
    'logs',
    // The shipper may still have the last lines to write.
    '--follow',
    `job/${cluster.jobOf(run, 'pour')}`,
  ])
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const seen = createHash('sha256')
  let bytes = 0
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length
    seen.update(chunk)
  }
  const wanted = createHash('sha256').update(`+ ${flood}\n`)
  for (let i = 1; i <= lineCount; i += 1) wanted.update(`${String(i).padStart(99, '0')}\n`)
  expect(bytes).toBeGreaterThan(200_000_000)
  expect(seen.digest('hex')).toBe(wanted.digest('hex'))
}, 420_000)

test('the log is there while the step runs', async () => {
  const step = plain(aStep('live', busybox, 'echo early', 'sleep 60'))
  cluster.apply(aRun('live', commits.main, { repository, steps: [step] }))
  cluster.waitForStep('live', 'live', 'Running')
  const viewer = follow(cluster.jobOf(cluster.getRun('live'), 'live'))
  expect(await viewer.firstLine).toBe('+ echo early')
  viewer.stop()
  cluster.run('patch', 'pipelineruns.c8s.dev', 'live', '--type=merge', '-p', '{"spec":{"cancel":true}}')
  expect(cluster.waitForRun('live', 60).status?.phase).toBe('Cancelled')
})

test('a step that kills itself hard keeps every line it wrote', () => {
  const step = plain(aStep('killed', busybox, 'seq 1 20000', 'kill -9 $$'))
  cluster.apply(aRun('killed', commits.main, { repository, steps: [step] }))
  const run = cluster.waitForRun('killed')
  expect(run.status?.steps?.[0]).toMatchObject({ phase: 'Failed', exitCode: 137 })
  expect(cluster.logOf(run, 'killed')).toContain('\n19999\n20000\n')
})

test('stdout and stderr keep their order', () => {
  const step = plain(aStep('order', busybox, 'for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done'))
  cluster.apply(aRun('order', commits.main, { repository, steps: [step] }))
  const lines = cluster.logOf(cluster.waitForRun('order'), 'order').trim().split('\n').slice(1)
  expect(lines).toEqual([1, 2, 3, 4, 5].flatMap((i) => [`out${i}`, `err${i}`]))
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineConfig } from '../../crds/kinds.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { type Manifest, TestCluster } from '../helpers/cluster.ts'
import { findDocInput } from '../helpers/doc-input.ts'
import { findOnlyNode, measureFillingMillis } from '../helpers/node-room.ts'

/** The examples of docs/queues.md on a node that is full: what is urgent takes the place of what may be interrupted. */
const cluster = new TestCluster('e2e-preemption')
const find = (kind: string, name: string) => findDocInput('docs/queues.md', cluster, [kind, name])
const classes = ['ci-urgent', 'ci-nightly'].map((name) => find('PriorityClass', name))
const admin = (args: readonly string[], object?: object) =>
  kubectl(cluster.target, args, object === undefined ? undefined : JSON.stringify(object))

const node = findOnlyNode(cluster)

/** With steps that ask for so much that the node has no room for two of them, and that are still there when another comes. */
function sized(config: Manifest, millis: number): Manifest {
  const { spec } = config as unknown as PipelineConfig
  const resources = { cpu: `${millis}m`, memory: '64Mi' }
  const steps = spec.steps.map((step) => ({
    ...step,
    resources,
    commands: step.commands?.map((command) => command.replace('sleep 15', 'sleep 40')),
  }))
  return { ...config, spec: { ...spec, steps } }
}

const runOf = (name: string, config: string): Manifest => ({
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name },
  spec: { pipelineConfigRef: config, commit: cluster.sample.commits.main, branch: 'main' },
})
const firstRow = (name: string) => cluster.getRun(name).status?.steps?.[0]

beforeAll(() => {
  cluster.createNamespace()
  for (const each of classes) admin(['apply', '-f', '-'], each)
})
afterAll(() => {
  cluster.removeNamespace()
  for (const { metadata } of classes) admin(['delete', 'priorityclass', metadata.name ?? '', '--ignore-not-found'])
})

test.runIf(node !== undefined)('on a full node the urgent run takes the place of one that may be interrupted', () => {
  const millis = measureFillingMillis(cluster, node ?? '')
  cluster.apply(sized(find('PipelineConfig', 'nightly'), millis), sized(find('PipelineConfig', 'hotfix'), millis))
  cluster.apply(runOf('nightly-1', 'nightly'))
  cluster.waitForStep('nightly-1', 'soak', 'Running')
  cluster.apply(runOf('hotfix-1', 'hotfix'))
  const { status } = cluster.waitForRun('hotfix-1')
  expect(status?.phase, status?.message).toBe('Succeeded')
  expect(firstRow('hotfix-1')).toMatchObject({ name: 'test', attempt: 1 })
  expect(firstRow('nightly-1')).not.toMatchObject({ phase: 'Succeeded' })
})

test.runIf(node !== undefined)('that one says why, starts again by itself, and spends no retry', () => {
  const { status, spec } = cluster.waitForRun('nightly-1')
  expect(status?.phase, status?.message).toBe('Succeeded')
  expect(spec.plan?.steps[0]?.retries).toBeUndefined()
  const message = expect.stringContaining('was preempted') as unknown
  const attempts = [{ attempt: 1, reason: 'Interrupted', message }]
  expect(firstRow('nightly-1')).toMatchObject({ attempt: 2, exitCode: 0, attempts })
  const events = ['get', 'events', '--field-selector', 'involvedObject.name=nightly-1,reason=StepInterrupted']
  expect(cluster.run(...events, '-o', 'jsonpath={.items[*].message}')).toContain('was preempted')
})

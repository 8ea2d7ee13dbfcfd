import { expect, test } from 'vitest'
import type { StepStatus } from '../../crds/pipeline-run.ts'
import { seed } from '../../test/helpers/admission.ts'
import { aNamespace, aRun, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { systemTimers } from '../kube/timers.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createNearObjects } from './near-objects.ts'

const ofTeam = (name: string, labels = { 'c8s.dev/team': 'blue' }): KubeObject => ({
  ...aNamespace(),
  metadata: { name, labels },
})
const step = (name: string) => ({
  name,
  image: 'node:24',
  commands: ['true'],
  clone: false,
  resources: { cpu: '1', memory: '1Gi' },
})
const plan = {
  repository: 'https://git.test/team/app',
  timeoutSeconds: 60,
  clone: { depth: 1, submodules: false },
  steps: ['a', 'b', 'c'].map(step),
}

async function addRun(kube: FakeKube, place: readonly [string, string], status: object): Promise<void> {
  const [namespace, name] = place
  const run = aRun({ plan }, { namespace, name })
  await kube.create(resourceTypes.pipelineRun, run)
  await kube.patch(resourceTypes.pipelineRun, { namespace, name }, { status }, { subresource: 'status' })
}

test('a team uses what the steps of all its namespaces have room for, and others nothing of it', async () => {
  const kube = new FakeKube()
  const running: StepStatus = { name: 'a', phase: 'Running', jobName: 'x' }
  await seed(kube, ofTeam(team), ofTeam('team-b'), ofTeam('other', { 'c8s.dev/team': 'red' }), {
    ...aNamespace(),
    metadata: { name: 'alone' },
  })
  const shown = (name: string, reason: string): StepStatus => ({ name, phase: 'Pending', jobName: 'y', reason })
  const phase = 'Running'
  await addRun(kube, [team, 'one'], { phase, steps: [running, shown('b', 'Unschedulable')] })
  const queue = { position: 1, of: 1, since: '2026-11-21T10:00:00Z' }
  await addRun(kube, ['team-b', 'two'], { phase, steps: [running, shown('b', 'QuotaExceeded')], queue })
  await addRun(kube, ['team-b', 'done'], { phase: 'Succeeded', steps: [running] })
  await addRun(kube, ['other', 'three'], { phase, steps: [running] })
  const watched = createNearObjects({ source: kube, timers: systemTimers, onFault: () => undefined })
  expect(watched.near.findQueue(team)).toBeUndefined()
  watched.start()
  await expect.poll(() => watched.near.findQueue(team)?.team?.waiting).toBe(1)
  const { waiting, team: blue } = watched.near.findQueue(team) ?? {}
  expect(waiting).toBe(0)
  // Three steps of one CPU, each with the shipper beside it.
  expect(blue?.used.get('requests.cpu')).toBe(3_060_000_000n)
  expect(blue?.used.get('pods')).toBe(3_000_000_000n)
  expect(watched.near.findQueue('other')?.team?.used.get('pods')).toBe(1_000_000_000n)
  expect(watched.near.findQueue('alone')).toEqual({ waiting: 0 })
  await watched.stop()
})

import { expect, it } from 'vitest'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createEventWriter, type EventNote } from './events.ts'
import { KubeError } from './kube-error.ts'

const about: KubeObject = {
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { namespace: 'team-a', name: 'run-1', uid: 'u-1', resourceVersion: '7' },
}
const note: EventNote = { about, type: 'Warning', reason: 'StepFailed', message: 'step unit failed with exit code 1' }

function startWriter(kube = new FakeKube()) {
  const faults: unknown[] = []
  let now = Date.parse('2026-11-21T10:00:00Z')
  const clock = { now: () => (now += 1000) }
  const writer = createEventWriter({ client: kube, clock, component: 'c8s-test', onFault: (e) => faults.push(e) })
  const events = async () => (await kube.list(resourceTypes.event, { namespace: 'team-a' })).items
  return { kube, writer, faults, events }
}

it('writes what kubectl describe shows', async () => {
  const { writer, events } = startWriter()
  await writer.write(note)
  expect(await events()).toMatchObject([
    {
      involvedObject: { kind: 'PipelineRun', namespace: 'team-a', name: 'run-1', uid: 'u-1' },
      type: 'Warning',
      reason: 'StepFailed',
      message: 'step unit failed with exit code 1',
      source: { component: 'c8s-test' },
      count: 1,
      firstTimestamp: '2026-11-21T10:00:01Z',
    },
  ])
})

it('counts the same note, also after a restart, and keeps others apart', async () => {
  const { kube, writer, events } = startWriter()
  await writer.write(note)
  await writer.write(note)
  await startWriter(kube).writer.write(note)
  await writer.write({ ...note, message: 'step lint failed with exit code 2' })
  const counts = (await events()).map((event) => (event as { count?: number }).count ?? 0)
  expect(counts.toSorted((a, b) => a - b)).toEqual([1, 3])
})

it('cuts what is too long', async () => {
  const { writer, events } = startWriter()
  const name = `${'a'.repeat(250)}.b`
  const long = { ...about, metadata: { ...about.metadata, name } }
  await writer.write({ ...note, about: long, message: 'm'.repeat(5000), reason: 'R'.repeat(500) })
  const [event] = (await events()) as (KubeObject & { message: string; reason: string })[]
  expect([event?.message.length, event?.reason.length]).toEqual([1024, 128])
  expect(event?.metadata.name?.length).toBeLessThanOrEqual(253)
})

it('puts the event of a cluster-wide object into default', async () => {
  const { kube, writer } = startWriter()
  await writer.write({
    ...note,
    about: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a', uid: 'u' } },
  })
  expect((await kube.list(resourceTypes.event, { namespace: 'default' })).items).toHaveLength(1)
})

it('tells a failure and throws nothing', async () => {
  const refused = new KubeError('create events', { status: 403, reason: 'Forbidden', detail: 'not allowed' })
  const kube = new FakeKube({
    before: () => {
      throw refused
    },
  })
  const { writer, faults } = startWriter(kube)
  await writer.write(note)
  expect(faults).toEqual([refused])
})

import { expect, test } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import { makeGroupRun } from '../../../test/helpers/group-run.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { createCaches, listCaches } from '../caches.ts'
import { GroupTurns } from './group-turns.ts'

const type = resourceTypes.pipelineRun

test('groups are forgotten with the last of their runs that goes on: each branch may be one', async () => {
  const [kube, timers] = [new FakeKube(), new FakeTimers()]
  const caches = createCaches({ source: kube, timers, onFault: () => undefined })
  const turns = new GroupTurns({ caches, timers, wake: () => undefined })
  caches.runs.onChange((change) => turns.note(change))
  for (const cache of listCaches(caches)) cache.start()
  await Promise.all(listCaches(caches).map((cache) => cache.whenSynced()))
  const names = ['a', 'b', 'c']
  const keys = names.map((name) => ({ namespace: 'team', name }))
  for (const name of names) {
    const concurrency = { group: name, cancelInProgress: false }
    await kube.create<PipelineRun>(type, makeGroupRun({ name, plan: { concurrency } }))
  }
  await timers.advance(0)
  for (const key of keys) turns.find(caches.runs.get(key) as PipelineRun)
  for (const key of keys) turns.find(caches.runs.get(key) as PipelineRun)
  expect(turns.size).toBe(3)
  for (const key of keys) await kube.patch(type, key, { status: { phase: 'Succeeded' } }, { subresource: 'status' })
  await timers.advance(0)
  expect(caches.runs.list().map(({ status }) => status?.phase)).toEqual(Array(3).fill('Succeeded'))
  expect(turns.size).toBe(0)
  await Promise.all(listCaches(caches).map((cache) => cache.stop()))
})

import { expect, test, vi } from 'vitest'
import { labels } from '../../../crds/labels.ts'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { createCaches, indexes, listCaches } from '../caches.ts'
import { Grants } from './grants.ts'
import { listHoldings } from './holdings.ts'

const names = Array.from({ length: 50 }, (_, index) => `s${index}`)

/** A run of fifty steps, each with a Job; the first half of those has pods. */
async function open() {
  const kube = new FakeKube()
  const steps = names.map((name) => ({ name, image: 'i', commands: ['c'] }))
  const plan = { repository: 'r', steps, timeoutSeconds: 60, clone: { depth: 1, submodules: false } }
  const { metadata } = await kube.create(resourceTypes.pipelineRun, makeRun(plan))
  const uid = metadata.uid ?? ''
  for (const [index, step] of names.entries()) {
    const found = { [labels.jobType]: 'step', [labels.runUid]: uid, [labels.step]: step, [labels.attempt]: '1' }
    const job = await kube.create<Job>(resourceTypes.job, {
      metadata: { name: step, namespace: 'team', labels: found },
      spec: { template: { spec: { containers: [] } } },
    })
    if (index >= names.length / 2) continue
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: step, uid: job.metadata.uid ?? '', controller: true }
    await kube.create<Pod>(resourceTypes.pod, {
      metadata: { name: step, namespace: 'team', labels: found, ownerReferences: [owner] },
      spec: { containers: [{ name: 'step' }] },
      status: { phase: 'Running' },
    })
  }
  const caches = createCaches({ source: kube, timers: new FakeTimers(), onFault: () => undefined })
  for (const cache of listCaches(caches)) cache.start()
  await Promise.all(listCaches(caches).map((cache) => cache.whenSynced()))
  const stop = () => Promise.all(listCaches(caches).map((cache) => cache.stop()))
  return { caches, uid, stop }
}

test('a step holds room with its Job until its pod is there, and the pods of a run are gone through once', async () => {
  const { caches, stop } = await open()
  const looks = vi.spyOn(caches.pods, 'getByIndex')
  const holdings = listHoldings(caches, ['team'])
  expect(holdings).toHaveLength(names.length)
  expect(holdings.filter(({ pending }) => pending.size > 0)).toHaveLength(names.length / 2)
  expect(looks.mock.calls.filter(([index]) => index === indexes.run)).toHaveLength(1)
  await stop()
})

test('grants whose Jobs are there are forgotten, and the Jobs of a run are gone through once', async () => {
  const { caches, uid, stop } = await open()
  const grants = new Grants(caches)
  const grant = { runUid: uid, namespace: 'team', share: 'x', demand: new Map() }
  for (const step of names) for (const attempt of [1, 2]) grants.add({ ...grant, step, attempt }, 0)
  const looks = vi.spyOn(caches.jobs, 'getByIndex')
  grants.prune(1)
  expect(looks).toHaveBeenCalledTimes(1)
  expect(grants.listHoldings(['team'])).toHaveLength(names.length)
  expect(grants.has({ runUid: uid, step: 's0', attempt: 2 })).toBe(true)
  grants.prune(10_000)
  expect(grants.listHoldings(['team'])).toEqual([])
  await stop()
})

import { expect, test } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import { labels, systemNamespace } from '../../../crds/labels.ts'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import type { KubeObject, Pod } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { createCaches, listCaches } from '../caches.ts'
import { RoomLedger } from './ledger.ts'
import { createQuotaCaches, listQuotaCaches } from './quota-caches.ts'

const { namespace: namespaces, configMap, pipelineRun, pod: pods } = resourceTypes
const told = () => new Promise((resolve) => setTimeout(resolve, 20))

/** A team of two namespaces that has room for one pod, which runs in the first. */
async function openTeam() {
  const kube = new FakeKube()
  for (const name of ['first', 'second'])
    await kube.create(namespaces, { metadata: { name, labels: { [labels.team]: 'blue' } } })
  const metadata = { name: 'blue', namespace: systemNamespace, labels: { [labels.teamQuota]: 'blue' } }
  await kube.create(configMap, { metadata, data: { pods: '1' } } as KubeObject)
  const step = { [labels.jobType]: 'step', [labels.runUid]: 'other', [labels.step]: 'hold' }
  await kube.create<Pod>(pods, {
    metadata: { name: 'p', namespace: 'first', labels: step },
    spec: { containers: [{ name: 'step' }] },
    status: { phase: 'Running' },
  })
  return kube
}

async function play(kube: FakeKube) {
  const timers = new FakeTimers()
  const watching = { source: kube, timers, onFault: () => undefined }
  const [caches, quotas] = [createCaches(watching), createQuotaCaches(watching)]
  const informers = [...listCaches(caches), ...listQuotaCaches(quotas)]
  for (const informer of informers) informer.start()
  await Promise.all(informers.map((informer) => informer.whenSynced()))
  const woken: string[] = []
  const ledger = new RoomLedger({ caches, quotas, timers, wake: (key) => woken.push(key) })
  const stop = async () => {
    ledger.stop()
    await Promise.all(informers.map((informer) => informer.stop()))
  }
  return { timers, quotas, ledger, woken, stop }
}

test('a run hears of its room also where the namespace in which it was taken leaves the team just then', async () => {
  const kube = await openTeam()
  const plan = { repository: 'r', steps: [{ name: 'a', image: 'i', commands: ['c'] }], timeoutSeconds: 60 }
  const run = makeRun({ ...plan, clone: { depth: 1, submodules: false } })
  const metadata = { ...run.metadata, namespace: 'second' }
  await kube.create<PipelineRun>(pipelineRun, { ...run, metadata })
  const { timers, quotas, ledger, woken, stop } = await play(kube)
  const ask = () => ledger.ask({ ...run, metadata }, [{ step: 'a', attempt: 1 }])
  expect([...(ask()?.granted ?? [])]).toEqual([])
  // A look is planned when the namespace goes.
  ledger.note('second')
  await kube.patch(namespaces, { name: 'first' }, { metadata: { labels: { [labels.team]: null } } })
  await told()
  expect(quotas.namespaces.get({ name: 'first' })).toBeUndefined()
  ledger.noteAll()
  await timers.advance(0)
  expect(woken).toContain('second/run')
  expect([...(ask()?.granted ?? [])]).toEqual(['a'])
  await stop()
})

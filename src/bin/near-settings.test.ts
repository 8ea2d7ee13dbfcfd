import { expect, test } from 'vitest'
import { seed } from '../../test/helpers/admission.ts'
import { aNamespace, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { systemTimers } from '../kube/timers.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { watchSettings } from './near-settings.ts'

const aPolicy = (text: string): KubeObject & { data: object } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ci', namespace: 'c8s-system', labels: { 'c8s.dev/policy': 'ci' } },
  data: { 'policy.yaml': text },
})
const aLimitRange: KubeObject = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'a', namespace: team } }

test('what is set for a namespace is known once the watches have caught up, and follows what changes', async () => {
  const kube = new FakeKube()
  await seed(kube, aNamespace(), aPolicy('version: v1alpha1'), aLimitRange)
  const faults: unknown[] = []
  const watching = { source: kube, timers: systemTimers, onFault: (error: unknown) => faults.push(error) }
  const { near, informers } = watchSettings(watching, (informer) => informer.hasSynced())
  expect(near.findSetting(team)).toBeUndefined()
  expect(near.listLimitRanges(team)).toBeUndefined()

  for (const informer of informers) informer.start()
  await expect.poll(() => near.findSetting(team)?.limitRanges.length).toBe(1)
  expect(near.findSetting(team)?.policy).toBeUndefined()
  // Not yet, or not at all: only a live read can tell.
  expect(near.findSetting('elsewhere')).toBeUndefined()
  expect(near.listLimitRanges('elsewhere')).toEqual([])

  const label = { metadata: { labels: { 'c8s.dev/policy': 'ci' } } }
  await kube.patch(resourceTypes.namespace, { name: team }, label)
  await expect.poll(() => near.findSetting(team)?.policy?.kind).toBe('usable')
  const key = { namespace: 'c8s-system', name: 'ci' }
  await kube.patch(resourceTypes.configMap, key, { data: { 'policy.yaml': 'nothing' } })
  await expect.poll(() => near.findSetting(team)?.policy?.kind).toBe('unusable')
  await kube.patch(resourceTypes.configMap, key, { data: { 'policy.yaml': 'version: v1alpha1\nmaxSteps: 2' } })
  await expect.poll(() => near.findSetting(team)?.policy).toMatchObject({ policy: { maxSteps: 2 } })
  await kube.remove(resourceTypes.configMap, key)
  await expect.poll(() => near.findSetting(team)?.policy?.kind).toBe('unusable')
  await Promise.all(informers.map((informer) => informer.stop()))
  expect(faults).toEqual([])
})

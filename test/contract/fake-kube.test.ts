import { describe, expect, it } from 'vitest'
import { isExpired } from '../../src/kube/kube-error.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { FakeKube } from '../helpers/fake-kube.ts'
import { describeKubeClient } from './kube-client.ts'
import { describeKubeWatcher } from './kube-watcher.ts'

describe('FakeKube is a KubeClient', () => {
  const fake = new FakeKube()
  describeKubeClient({ client: () => fake, namespace: () => 'contract' })
})

describe('FakeKube is a KubeWatcher', () => {
  const fake = new FakeKube()
  describeKubeWatcher({ api: () => fake, namespace: () => 'contract' })

  it('throws 410 for a version that was compacted', async () => {
    fake.sendBookmarks()
    fake.compact()
    const { signal } = new AbortController()
    const watch = fake.watch(resourceTypes.secret, { resourceVersion: '1', timeoutSeconds: 30, signal })
    const error = await watch.next().catch((error: unknown) => error)
    expect(isExpired(error)).toBe(true)
  })
})

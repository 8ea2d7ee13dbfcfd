import { afterAll, beforeAll, describe } from 'vitest'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { describeKubeClient } from '../contract/kube-client.ts'
import { describeKubeWatcher } from '../contract/kube-watcher.ts'

describe('on a real API server', () => {
  let connection: KubeConnection
  let api: KubeApi
  let namespace: string

  beforeAll(async () => {
    connection = await openConnection(process.env)
    api = createKubeClient(connection)
    const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'c8s-contract-' } })
    namespace = made.metadata.name ?? ''
  })
  afterAll(async () => {
    await api.remove(resourceTypes.namespace, { name: namespace })
    connection.close()
  })

  describe('the adapter is a KubeClient', () => {
    describeKubeClient({ client: () => api, namespace: () => namespace })
  })
  describe('the adapter is a KubeWatcher', () => {
    describeKubeWatcher({ api: () => api, namespace: () => namespace })
  })
})

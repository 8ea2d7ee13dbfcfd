import { afterAll, beforeAll, describe } from 'vitest'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import type { KubeClient } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { describeKubeClient } from '../contract/kube-client.ts'

describe('the adapter on a real API server is a KubeClient', () => {
  let connection: KubeConnection
  let client: KubeClient
  let namespace: string

  beforeAll(async () => {
    connection = await openConnection(process.env)
    client = createKubeClient(connection)
    const made = await client.create<KubeObject>(resourceTypes.namespace, {
      metadata: { generateName: 'c8s-contract-' },
    })
    namespace = made.metadata.name ?? ''
  })
  afterAll(async () => {
    await client.remove(resourceTypes.namespace, { name: namespace })
    connection.close()
  })

  describeKubeClient({ client: () => client, namespace: () => namespace })
})

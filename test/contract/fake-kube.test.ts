import { describe } from 'vitest'
import { FakeKube } from '../helpers/fake-kube.ts'
import { describeKubeClient } from './kube-client.ts'

describe('FakeKube is a KubeClient', () => {
  const fake = new FakeKube()
  describeKubeClient({ client: () => fake, namespace: () => 'contract' })
})

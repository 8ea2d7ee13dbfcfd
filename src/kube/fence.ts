import { KubeError } from './kube-error.ts'
import type { KubeClient } from './ports.ts'

/** The client, but every write is refused as soon as this process does not lead: also after it was frozen and woke up. */
export function fenceClient(client: KubeClient, isLeading: () => boolean): KubeClient {
  const check = (): void => {
    if (!isLeading()) {
      const detail = 'this process does not hold the lease'
      throw new KubeError('write', { status: 0, reason: 'NotLeading', detail })
    }
  }
  return {
    ...client,
    get: (...given) => client.get(...given),
    getMetadata: (...given) => client.getMetadata(...given),
    list: (...given) => client.list(...given),
    create: async (...given) => (check(), client.create(...given)),
    replace: async (...given) => (check(), client.replace(...given)),
    patch: async (...given) => (check(), client.patch(...given)),
    apply: async (...given) => (check(), client.apply(...given)),
    remove: async (...given) => (check(), client.remove(...given)),
  }
}

import type { KubeObject } from '../../src/lib/kubernetes.ts'

const later = new Set(['c8s-controller', 'c8s-server'])

/**
 * What an upgrade applies first, and waits for: everything but who relies on new webhooks, and what sends new kinds of questions to
 * them. So no new controller meets old webhooks, which would refuse what they do not know, and fail runs under way.
 */
export function listFirst(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter(({ kind = '', metadata: { name = '' } }) => {
    return !(kind === 'Deployment' && later.has(name)) && !kind.endsWith('WebhookConfiguration')
  })
}

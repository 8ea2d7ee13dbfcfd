import type { Injection } from './injection.ts'

/**
 * What node autoscalers go by: a running step cannot be moved, only lost, so its node is left alone until it has ended.
 * Both pay no heed to pods that have ended; docs/autoscaling.md tells the sources.
 */
const annotations = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
} as const

/** Whoever wrote another value on a Job of their own keeps it. */
export const autoscaling: Injection = {
  id: 'autoscaling',
  version: 1,
  appliesTo: () => true,
  apply: (template) => {
    const { metadata = {} } = template
    return { ...template, metadata: { ...metadata, annotations: { ...annotations, ...metadata.annotations } } }
  },
}

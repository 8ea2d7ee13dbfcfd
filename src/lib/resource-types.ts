import type { ResourceType } from './kubernetes.ts'

/** `apiVersion` as manifests spell it: `v1`, `batch/v1`. */
const kindOf =
  (namespaced: boolean) =>
  (apiVersion: string, plural: string, kind: string): ResourceType => {
    const [version = '', group = ''] = apiVersion.split('/').reverse()
    return { group, version, plural, kind, namespaced }
  }
const namespaced = kindOf(true)
const clusterWide = kindOf(false)

/** Every kind that c8s reads or writes. */
export const resourceTypes = {
  pipelineConfig: namespaced('c8s.dev/v1alpha1', 'pipelineconfigs', 'PipelineConfig'),
  pipelineRun: namespaced('c8s.dev/v1alpha1', 'pipelineruns', 'PipelineRun'),
  repositoryConnection: namespaced('c8s.dev/v1alpha1', 'repositoryconnections', 'RepositoryConnection'),
  job: namespaced('batch/v1', 'jobs', 'Job'),
  pod: namespaced('v1', 'pods', 'Pod'),
  secret: namespaced('v1', 'secrets', 'Secret'),
  event: namespaced('v1', 'events', 'Event'),
  persistentVolumeClaim: namespaced('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  resourceQuota: namespaced('v1', 'resourcequotas', 'ResourceQuota'),
  configMap: namespaced('v1', 'configmaps', 'ConfigMap'),
  limitRange: namespaced('v1', 'limitranges', 'LimitRange'),
  networkPolicy: namespaced('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy'),
  lease: namespaced('coordination.k8s.io/v1', 'leases', 'Lease'),
  namespace: clusterWide('v1', 'namespaces', 'Namespace'),
  priorityClass: clusterWide('scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass'),
  mutatingWebhookConfiguration: clusterWide(
    'admissionregistration.k8s.io/v1',
    'mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
  ),
  validatingWebhookConfiguration: clusterWide(
    'admissionregistration.k8s.io/v1',
    'validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
  ),
  subjectAccessReview: clusterWide('authorization.k8s.io/v1', 'subjectaccessreviews', 'SubjectAccessReview'),
} as const satisfies Record<string, ResourceType>

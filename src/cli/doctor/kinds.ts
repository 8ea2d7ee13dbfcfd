import type { ResourceType } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'

const clusterWide = (group: string, plural: string, kind: string): ResourceType => {
  return { group, version: 'v1', plural, kind, namespaced: false }
}
const namespaced = (group: string, plural: string, kind: string): ResourceType => {
  return { group, version: 'v1', plural, kind, namespaced: true }
}
const rbac = 'rbac.authorization.k8s.io'
const admission = 'admissionregistration.k8s.io'

/** Kinds that only the doctor looks at, and those that all of c8s knows. */
export const kinds = {
  ...resourceTypes,
  definition: clusterWide('apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition'),
  admissionPolicy: clusterWide(admission, 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy'),
  admissionPolicyBinding: clusterWide(
    admission,
    'validatingadmissionpolicybindings',
    'ValidatingAdmissionPolicyBinding',
  ),
  issuedCertificate: namespaced('cert-manager.io', 'certificates', 'Certificate'),
  clusterRole: clusterWide(rbac, 'clusterroles', 'ClusterRole'),
  clusterRoleBinding: clusterWide(rbac, 'clusterrolebindings', 'ClusterRoleBinding'),
  role: namespaced(rbac, 'roles', 'Role'),
  roleBinding: namespaced(rbac, 'rolebindings', 'RoleBinding'),
  deployment: namespaced('apps', 'deployments', 'Deployment'),
  storageClass: clusterWide('storage.k8s.io', 'storageclasses', 'StorageClass'),
} as const

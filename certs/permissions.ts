import type { Permission } from '../src/lib/permission.ts'
import { certificateNames } from './names.ts'

const { external } = certificateNames
const { namespace, name } = certificateNames.secret

/** What keeping the certificates takes: one Secret, that of cert-manager, and the two webhook configurations by name. */
export const certificatePermissions: readonly Permission[] = [
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['create'],
    namespace,
    why: 'store the CA of the webhooks the first time; RBAC cannot limit a create by name',
  },
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get', 'update'],
    resourceNames: [name],
    namespace,
    why: 'sign serving certificates, rotate the CA',
  },
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get'],
    resourceNames: [external.name],
    namespace: external.namespace,
    why: 'serve the certificate that cert-manager made, where it is to',
  },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations'],
    verbs: ['get', 'update'],
    resourceNames: [...certificateNames.configurations.mutating],
    why: 'tell the API server which CA to trust',
  },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations'],
    verbs: ['get', 'update'],
    resourceNames: [...certificateNames.configurations.validating],
    why: 'tell the API server which CA to trust',
  },
]

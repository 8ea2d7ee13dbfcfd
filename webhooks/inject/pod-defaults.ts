import { podNames } from '../../crds/labels.ts'
import type { Injection } from './injection.ts'
import { changeSpec } from './place.ts'

/** Makes `kubectl logs` show the masked log. */
const defaultContainer = 'kubectl.kubernetes.io/default-container'

/** A run's pod has no token but that of a service account that its step names, and no service variables; a user's own Job keeps what it says. */
export const podDefaults: Injection = {
  id: 'pod-defaults',
  version: 1,
  appliesTo: () => true,
  apply: (template, { jobType, labels, placement }) => {
    const { metadata = {} } = template
    const named = {
      ...template,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, ...labels },
        annotations: { [defaultContainer]: podNames.shipContainer, ...metadata.annotations },
      },
    }
    if (jobType === 'own') return named
    return changeSpec(named, {
      automountServiceAccountToken: placement?.serviceAccountName !== undefined,
      enableServiceLinks: false,
      restartPolicy: 'Never',
    })
  },
}

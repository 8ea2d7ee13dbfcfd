import { systemNamespace } from '../../crds/labels.ts'
import { type ObjectTemplate, selector } from './workloads.ts'

/** The Service that the API server calls the webhooks through. */
export function renderWebhookService(): ObjectTemplate {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'c8s-admission', namespace: systemNamespace },
    spec: {
      selector: selector('admission'),
      // Both calls of a create should reach one replica: what the first one read spares the second its reads.
      sessionAffinity: 'ClientIP',
      ports: [{ name: 'webhook', port: 443, targetPort: 'webhook' }],
    },
  }
}

/** The Service that forges deliver through, by an Ingress or Gateway or from within the cluster. */
export function renderServerService(): ObjectTemplate {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'c8s-server', namespace: systemNamespace },
    spec: { selector: selector('server'), ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }
}

import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type Bench, benchNamespace, waitFor } from './bench-cluster.ts'

/** The floor: one native Job with the same command in the same image, created and watched to Complete. Answers seconds. */
export async function timeBareJob(bench: Bench, name: string): Promise<number> {
  const containers = [{ name: 'step', image: bench.image, command: ['sh', '-c', 'echo hi'] }]
  const job: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: benchNamespace },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers } } },
  }
  const started = performance.now()
  await bench.client.create(resourceTypes.job, job)
  await waitFor(bench.jobs, name, ({ status }) =>
    (status?.conditions ?? []).some((condition) => condition.type === 'Complete' && condition.status === 'True'),
  )
  return (performance.now() - started) / 1000
}

import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type Bench, benchNamespace, waitFor } from './bench-cluster.ts'

/** What chains Jobs without any logic: creates the next when the one before is Complete. Answers seconds. */
export async function timeBareChain(bench: Bench, name: string, steps: number): Promise<number> {
  const started = performance.now()
  for (let i = 0; i < steps; i += 1) await runBareJob(bench, `${name}-${i}`)
  return (performance.now() - started) / 1000
}

export function renderBareJob(bench: Bench, name: string): Job {
  const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '2', memory: '128Mi' } }
  const containers = [{ name: 'step', image: bench.image, command: ['sh', '-c', 'echo hi'], resources }]
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: benchNamespace },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers } } },
  }
}

export function isComplete({ status }: Job): boolean {
  return (status?.conditions ?? []).some(({ type, status: holds }) => type === 'Complete' && holds === 'True')
}

async function runBareJob(bench: Bench, name: string): Promise<void> {
  const done = waitFor(bench.jobs, name, isComplete)
  await bench.client.create(resourceTypes.job, renderBareJob(bench, name))
  await done
}

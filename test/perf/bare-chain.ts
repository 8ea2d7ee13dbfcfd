import { labels } from '../../crds/labels.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type Bench, benchNamespace, waitFor } from './bench-cluster.ts'

/** Gives a Job of this name, which no controller but Kubernetes' own touches. */
export type RenderJob = (bench: Bench, name: string) => Job

interface Chain {
  readonly steps: number
  readonly render?: RenderJob
}

/** What chains Jobs without any logic: creates the next when the one before is Complete. Answers seconds. */
export async function timeBareChain(
  bench: Bench,
  name: string,
  { steps, render = renderBareJob }: Chain,
): Promise<number> {
  const started = performance.now()
  for (let i = 0; i < steps; i += 1) await runJob(bench, render(bench, `${name}-${i}`))
  return (performance.now() - started) / 1000
}

/** Jobs as c8s made them for this run, but without what makes them c8s's: what its pods cost without c8s. */
export function copyJobOf(bench: Bench, run: string): RenderJob {
  const found = bench.jobs.list().find(({ metadata }) => metadata.labels?.[labels.run] === run)
  if (found?.spec === undefined) throw new Error(`there is no Job of run ${run}`)
  const { annotations = {} } = found.spec.template.metadata ?? {}
  const template = { metadata: { annotations }, spec: found.spec.template.spec }
  // The API server makes the selector anew; labels would make it a Job of c8s.
  const kept = Object.fromEntries(Object.entries(found.spec).filter(([field]) => field !== 'selector'))
  const spec = { ...kept, suspend: false, template }
  return (_bench, name) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: benchNamespace },
    spec,
  })
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

async function runJob(bench: Bench, job: Job): Promise<void> {
  const done = waitFor(bench.jobs, job.metadata.name ?? '', isComplete)
  await bench.client.create(resourceTypes.job, job)
  await done
}

import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { isComplete, renderBareJob } from './bare-chain.ts'
import { type Bench, waitFor } from './bench-cluster.ts'
import { median, type Row, toRatio } from './measurement.ts'

const legs = 50
const rounds = 3
const unique = () => Math.floor(performance.now() * 1000).toString(36)

/**
 * A matrix of 50 legs over 50 bare Jobs created at once, on the real node. Told beside it: one Indexed Job of 50, and 50 bare Jobs with
 * two containers each, as a leg has its own and the shipper.
 */
export async function measureMatrix(bench: Bench): Promise<readonly Row[]> {
  const [bare, paired, indexed, measured]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await time(() => runBareJobs(bench, (job) => job)))
    paired.push(await time(() => runBareJobs(bench, addContainer)))
    indexed.push(await time(() => runIndexedJob(bench)))
    measured.push(await time(() => runMatrix(bench)))
  }
  const floor = median(bare)
  console.error(`  ${legs} bare Jobs of two containers, over those of one: ${(median(paired) / floor).toFixed(2)} ×`)
  console.error(`  one Indexed Job of ${legs}, over ${legs} bare Jobs: ${(median(indexed) / floor).toFixed(2)} ×`)
  const what = `matrix of ${legs} legs, over ${legs} bare Jobs at once`
  return [toRatio({ id: 'matrix', what, measured: median(measured), floor, target: 0.7 })]
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

async function runBareJobs(bench: Bench, change: (job: Job) => Job): Promise<void> {
  const suffix = unique()
  const start = (_: unknown, i: number) => runJob(bench, change(renderBareJob(bench, `m-${suffix}-${i}`)))
  await Promise.all(Array.from({ length: legs }, start))
}

function addContainer(job: Job): Job {
  const { template } = job.spec ?? { template: { spec: { containers: [] } } }
  const containers = template.spec.containers.flatMap((one) => [{ ...one, name: 'beside' }, one])
  return { ...job, spec: { ...job.spec, template: { ...template, spec: { ...template.spec, containers } } } }
}

async function runIndexedJob(bench: Bench): Promise<void> {
  const job = renderBareJob(bench, `indexed-${unique()}`)
  const spec = { ...job.spec, completionMode: 'Indexed', completions: legs, parallelism: legs }
  await runJob(bench, { ...job, spec } as Job)
}

async function runJob(bench: Bench, job: Job): Promise<void> {
  const done = waitFor(bench.jobs, job.metadata.name ?? '', isComplete)
  await bench.client.create(resourceTypes.job, job)
  await done
}

async function runMatrix(bench: Bench): Promise<void> {
  const values = Array.from({ length: legs }, (_, i) => String(i))
  const step = { ...bench.step('leg'), matrix: { dimensions: { n: values } } }
  const run = await bench.waitForEnd(await bench.startRun('matrix', [step]))
  if (run.status?.phase !== 'Succeeded') throw new Error(`run ${run.metadata.name}: ${run.status?.message}`)
}

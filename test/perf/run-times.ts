import type { Step } from '../../crds/parts/step.ts'
import { timeBareJob } from './bare-job.ts'
import type { Bench } from './bench-cluster.ts'
import { median, type Row, toRatio } from './measurement.ts'

const rounds = 5
/** Names of Jobs and runs are never used twice, so that a watch cannot show an old end. */
const unique = () => Math.floor(performance.now() * 1000).toString(36)

async function timeRun(bench: Bench, prefix: string, steps: readonly Step[]): Promise<number> {
  const started = performance.now()
  const run = await bench.waitForEnd(await bench.startRun(prefix, steps))
  if (run.status?.phase !== 'Succeeded') throw new Error(`run ${run.metadata.name}: ${run.status?.message}`)
  return (performance.now() - started) / 1000
}

/** Floor and measured by turns, so that a busy moment hits both; medians of both. */
async function compare(count: number, floor: () => Promise<number>, measured: () => Promise<number>) {
  const [floors, times]: [number[], number[]] = [[], []]
  for (let i = 0; i < count; i += 1) {
    floors.push(await floor())
    times.push(await measured())
  }
  return { floor: median(floors), measured: median(times) }
}

const withClone = (step: Step): Step => ({ ...step, clone: true })

export async function measureOneStep(bench: Bench): Promise<readonly Row[]> {
  const bare = () => timeBareJob(bench, `bare-${unique()}`)
  const plain = await compare(rounds, bare, () => timeRun(bench, 'one', [bench.step('only')]))
  const cloned = await compare(rounds, bare, () => timeRun(bench, 'cloned', [withClone(bench.step('only'))]))
  return [
    toRatio({ id: 'one-step', what: 'one step, no clone, over a bare Job', ...plain, target: 1.05 }),
    toRatio({ id: 'one-step-clone', what: 'one step with clone, over a bare Job', ...cloned, target: 1.4 }),
  ]
}

export async function measureChain(bench: Bench): Promise<readonly Row[]> {
  const names = ['a', 'b', 'c', 'd', 'e']
  const steps = names.map((name, i) => withClone(bench.step(name, names.slice(Math.max(0, i - 1), i))))
  const floor = async () => {
    let seconds = 0
    for (const name of names) seconds += await timeBareJob(bench, `chain-${name}-${unique()}`)
    return seconds
  }
  const times = await compare(3, floor, () => timeRun(bench, 'chain', steps))
  const what = 'chain of 5 with clone, over 5 bare Jobs one after another'
  return [toRatio({ id: 'chain', what, ...times, target: 1.05 })]
}

export async function measureParallel(bench: Bench): Promise<readonly Row[]> {
  const names = Array.from({ length: 10 }, (_, i) => `p${i}`)
  const floor = async () => {
    const suffix = unique()
    return Math.max(...(await Promise.all(names.map((name) => timeBareJob(bench, `${name}-${suffix}`)))))
  }
  const steps = names.map((name) => bench.step(name))
  const times = await compare(3, floor, () => timeRun(bench, 'parallel', steps))
  return [toRatio({ id: 'parallel', what: '10 parallel steps, over 10 bare Jobs at once', ...times, target: 1.25 })]
}

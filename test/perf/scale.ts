import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import type { Informer } from '../../src/kube/informer.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { startKwokNodes } from '../helpers/kwok.ts'
import { copyJobOf, type RenderJob, renderBareJob, timeBareChain } from './bare-chain.ts'
import { type Bench, clearBench } from './bench-cluster.ts'
import { percentile, type Row, toRatio } from './measurement.ts'

const stepMs = 1000
/** Those of the bench's config, one after another. */
const steps = ['a', 'b', 'c', 'd', 'e']
/** How many runs are started at once, one measure after another. */
const crowds = [200, 1000] as const
const gapRuns = 100

/** Runs at once on nodes of KWOK, over the same Jobs made by a script that only chains them. */
export async function measureScale(bench: Bench): Promise<readonly Row[]> {
  const kwok = await startKwokNodes({ ...bench, stepMs })
  try {
    const [run] = await runAtOnce(bench, 'shape', 1)
    const render = copyJobOf(bench, run?.metadata.name ?? '')
    const rows: Row[] = []
    for (const count of crowds) rows.push(await measureCrowd(bench, count, render))
    await clearBench(bench)
    return rows
  } finally {
    await kwok.stop()
  }
}

async function measureCrowd(bench: Bench, count: number, render: RenderJob): Promise<Row> {
  const floor = await timeAlone(bench, () => startChains(bench, count, render))
  const measured = await timeAlone(bench, () => runAtOnce(bench, `crowd-${count}`, count))
  const times = [`${count} runs: ${measured.toFixed(1)} s, the same Jobs chained by a script ${floor.toFixed(1)} s`]
  if (count === crowds[0]) {
    const bare = await timeAlone(bench, () => startChains(bench, count, renderBareJob))
    const ratio = (measured / bare).toFixed(2)
    times.push(`Jobs of one bare container ${bare.toFixed(1)} s: ${ratio} × (Tekton tuned 1.69, Argo 2.5)`)
  }
  console.error(`  ${times.join('; ')}`)
  const what = `${count} runs of 5 steps at once on KWOK nodes, over the same Jobs chained by a script`
  return toRatio({ id: `scale-${count}`, what, measured, floor, target: 1.2 })
}

/** In seconds, with nothing beside it that was measured before. */
async function timeAlone(bench: Bench, work: () => Promise<unknown>): Promise<number> {
  await clearBench(bench)
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/** So many chains at once, to their ends. */
async function startChains(bench: Bench, count: number, render: RenderJob): Promise<void> {
  const prefix = `floor-${Date.now().toString(36)}`
  const chain = { steps: steps.length, render }
  await Promise.all(Array.from({ length: count }, (_, i) => timeBareChain(bench, `${prefix}-${i}`, chain)))
}

export async function runAtOnce(bench: Bench, prefix: string, count: number): Promise<readonly PipelineRun[]> {
  const start = (i: number) => bench.startRunOf(bench.configName, `${prefix}-${i}`)
  const names: string[] = []
  // Not more in one moment than an API server takes; they are all there long before the first has ended.
  for (let from = 0; from < count; from += 20) {
    const some = Array.from({ length: Math.min(20, count - from) }, (_, i) => start(from + i))
    names.push(...(await Promise.all(some)))
  }
  const ended = await waitForAll(bench.runs, new Set(names))
  const bad = ended.find(({ status }) => status?.phase !== 'Succeeded')
  if (bad !== undefined) throw new Error(`run ${bad.metadata.name}: ${bad.status?.message}`)
  return ended
}

/** One listener for all of them: one for each run would be asked about every change of every other. */
function waitForAll(runs: Informer<PipelineRun>, names: ReadonlySet<string>): Promise<readonly PipelineRun[]> {
  const ended = new Map<string, PipelineRun>()
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`${names.size - ended.size} runs did not end in time`)), 1_200_000)
    runs.onChange(({ key, object }) => {
      if (!names.has(key.name) || object?.status?.completionTime === undefined) return
      ended.set(key.name, object)
      if (ended.size < names.size) return
      clearTimeout(limit)
      resolve([...ended.values()])
    })
  })
}

/** Time from the end of a step, as a watch shows it, to the next Job, of 100 runs at once over that of one run. */
export async function measureCrowdedGap(bench: Bench): Promise<readonly Row[]> {
  const { endedAt, createdAt } = watchGaps(bench)
  const kwok = await startKwokNodes({ ...bench, stepMs })
  const gapsOf = (run: PipelineRun) =>
    steps.slice(1).map((name, i) => {
      const { name: of = '' } = run.metadata
      return (createdAt.get(`${of}/${name}`) ?? Number.NaN) - (endedAt.get(`${of}/${steps[i]}`) ?? Number.NaN)
    })
  try {
    const alone: number[] = []
    for (let i = 0; i < 10; i += 1) alone.push(...(await runAtOnce(bench, `alone-${i}`, 1)).flatMap(gapsOf))
    const crowd = (await runAtOnce(bench, 'gap-crowd', gapRuns)).flatMap(gapsOf)
    const [floor, measured] = [percentile(alone, 0.99) / 1000, percentile(crowd, 0.99) / 1000]
    const p50 = [alone, crowd].map((gaps) => percentile(gaps, 0.5).toFixed(0))
    console.error(`  gaps p50: one run ${p50[0]} ms, ${gapRuns} at once ${p50[1]} ms`)
    const what = `step gap p99 of ${gapRuns} runs of 5 steps at once, over that of one run`
    return [toRatio({ id: 'crowded-gap', what, measured, floor, target: 2 })]
  } finally {
    await kwok.stop()
  }
}

function watchGaps(bench: Bench) {
  const endedAt = new Map<string, number>()
  const createdAt = new Map<string, number>()
  const idOf = ({ metadata }: KubeObject) => `${metadata.labels?.[labels.run]}/${metadata.labels?.[labels.step]}`
  const note = (times: Map<string, number>, object: KubeObject) => {
    if (!times.has(idOf(object))) times.set(idOf(object), performance.now())
  }
  bench.jobs.onChange(({ object }) => object !== undefined && note(createdAt, object))
  bench.pods.onChange(({ object }) => object?.status?.phase === 'Succeeded' && note(endedAt, object))
  return { endedAt, createdAt }
}

import { labels } from '../../crds/labels.ts'
import type { Bench } from './bench-cluster.ts'
import { startFakeNode } from './fake-node.ts'
import { percentile, type Row, toFigure } from './measurement.ts'

const runs = 50
const names = ['a', 'b', 'c']

/** Time from the end of a step in pod status to the next Job as a watch shows it, 50 chains of 3 at once, in ms. */
export async function measureStepGap(bench: Bench): Promise<readonly Row[]> {
  const createdAt = new Map<string, number>()
  const jobOf = new Map<string, string>()
  const id = (of: Readonly<Record<string, string>> | undefined) => `${of?.[labels.run]}/${of?.[labels.step]}`
  bench.jobs.onChange(({ object }) => {
    const key = id(object?.metadata.labels)
    if (object !== undefined && !createdAt.has(key)) createdAt.set(key, performance.now())
  })
  bench.pods.onChange(({ object }) => jobOf.set(id(object?.metadata.labels), object?.metadata.name ?? ''))
  const node = await startFakeNode(bench)
  try {
    const steps = names.map((name, i) => bench.step(name, names.slice(Math.max(0, i - 1), i)))
    const started = await Promise.all(Array.from({ length: runs }, (_, i) => bench.startRun(`gap-${i}`, steps)))
    await Promise.all(started.map((name) => bench.waitForEnd(name)))
    const gaps = started.flatMap((run) =>
      names.slice(1).map((name, i) => {
        const ended = node.endedAt.get(jobOf.get(`${run}/${names[i]}`) ?? '') ?? Number.NaN
        return (createdAt.get(`${run}/${name}`) ?? Number.NaN) - ended
      }),
    )
    console.error(`  gaps: p50 ${percentile(gaps, 0.5).toFixed(0)} ms, p90 ${percentile(gaps, 0.9).toFixed(0)} ms`)
    const what = `step ended in pod status → next Job created, p99 of ${gaps.length}, ${runs} runs at once`
    return [toFigure({ id: 'step-gap', what, value: percentile(gaps, 0.99), target: 200, unit: 'ms' })]
  } finally {
    await node.stop()
  }
}

import type { Bench } from './bench-cluster.ts'
import { type Row, toShare } from './measurement.ts'

const tests = 60
const shards = 10

/** SC-010: sixty independent tests of a second each, split over ten legs of a matrix, against one step that runs them all. */
export async function measureSplitTests(bench: Bench): Promise<readonly Row[]> {
  const runTests = (count: number) => `for i in $(seq ${count}); do sleep 1; done`
  const all = { ...bench.step('all'), commands: [runTests(tests)] }
  const shard = {
    ...bench.step('shard'),
    commands: [runTests(tests / shards)],
    matrix: { dimensions: { shard: Array.from({ length: shards }, (_, i) => String(i)) } },
  }
  const time = async (prefix: string, step: typeof all) => {
    const started = performance.now()
    const run = await bench.waitForEnd(await bench.startRun(prefix, [step]))
    if (run.status?.phase !== 'Succeeded') throw new Error(`run ${run.metadata.name}: ${run.status?.message}`)
    return (performance.now() - started) / 1000
  }
  const floor = await time('one-after-another', all)
  const measured = await time('split', shard)
  const what = `${tests} independent tests split over ${shards} legs, saved time over one after another`
  return [toShare({ id: 'split-tests', what, value: 1 - measured / floor, floor, target: 0.6 })]
}

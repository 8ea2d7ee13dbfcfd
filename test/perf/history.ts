import { setTimeout as sleep } from 'node:timers/promises'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { startKwokNodes } from '../helpers/kwok.ts'
import type { Bench } from './bench-cluster.ts'
import { createFinishedRuns } from './finished-runs.ts'
import { type Row, toFigure, toRatio } from './measurement.ts'
import { readRoleCpu, readRoleMemory } from './process-memory.ts'
import { runAtOnce } from './scale.ts'

const namespace = 'c8s-bench-history'
const few = 100
const many = 10_000
const sample = 40

/** What ten thousand ended runs cost: memory of the controller, and CPU of the next run beside them. */
export async function measureHistory(bench: Bench): Promise<readonly Row[]> {
  const kwok = await startKwokNodes({ ...bench, stepMs: 1000 })
  try {
    await createFinishedRuns(bench, { namespace, from: 0, to: few })
    const floor = await measureRunCpu(bench)
    await createFinishedRuns(bench, { namespace, from: few, to: many })
    // What the creating left behind has been collected.
    await sleep(20_000)
    const value = readRoleMemory('controller')
    const measured = await measureRunCpu(bench)
    const what = `own CPU of a run of 5 steps beside ${many} ended runs, over that beside ${few}`
    return [
      toFigure({ id: 'rss-history', what: `memory of controller, ${many} ended runs`, value, target: 256, unit: 'MB' }),
      toRatio({ id: 'cpu-history', what, measured, floor, target: 1.2 }),
    ]
  } finally {
    await kwok.stop()
    kubectl(bench.target, ['delete', 'namespace', namespace, '--wait=false'])
  }
}

/** In seconds. */
async function measureRunCpu(bench: Bench): Promise<number> {
  const read = () => readRoleCpu('controller') + readRoleCpu('admission')
  const before = read()
  await runAtOnce(bench, 'history', sample)
  return (read() - before) / sample / 1000
}

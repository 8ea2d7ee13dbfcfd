import { setTimeout as sleep } from 'node:timers/promises'
import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import type { Bench } from './bench-cluster.ts'

export interface FinishedRuns {
  readonly namespace: string
  /** Numbers of the runs; from 0 the namespace is made anew. */
  readonly from: number
  readonly to: number
}

const atOnce = 20

/** Finished runs, as a busy week leaves them: created through admission while cancelled, then ended by the controller. */
export async function createFinishedRuns(bench: Bench, { namespace, from, to }: FinishedRuns): Promise<void> {
  if (from === 0) createNamespace(bench, namespace)
  for (let i = from; i < to; i += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, to - i) }, (_, j) => createCancelled(bench, namespace, i + j))
    await Promise.all(batch)
  }
  const isEnded = (run: PipelineRun) => run.status?.completionTime !== undefined
  while (!(await bench.client.list<PipelineRun>(resourceTypes.pipelineRun, { namespace })).items.every(isEnded)) {
    await sleep(5000)
  }
}

/** One that a stopped bench left behind has runs of the same names. */
function createNamespace({ target }: Bench, namespace: string): void {
  kubectl(target, ['delete', 'namespace', namespace, '--ignore-not-found', '--wait', '--timeout=180s'])
  kubectl(target, ['create', 'namespace', namespace])
}

function createCancelled(bench: Bench, namespace: string, index: number): Promise<PipelineRun> {
  return bench.client.create<PipelineRun>(resourceTypes.pipelineRun, {
    apiVersion,
    kind: 'PipelineRun',
    metadata: { name: `idle-${index}`, namespace },
    spec: {
      commit: bench.sample.commits.main,
      branch: 'main',
      cancel: true,
      pipelineSpec: { repository: bench.repository, steps: [bench.step('only'), bench.step('next', ['only'])] },
    },
  })
}

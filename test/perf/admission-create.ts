import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type Bench, benchNamespace } from './bench-cluster.ts'
import { mean, type Row, toRatio } from './measurement.ts'

const count = 500
/** The webhooks leave the cluster's own namespaces alone, so a create there is the same create without them. */
const unwatchedNamespace = 'kube-public'

async function timeCreates(bench: Bench, namespace: string, from: number): Promise<readonly number[]> {
  const seconds: number[] = []
  for (let i = from; i < from + count / 5; i += 1) {
    const run: PipelineRun = {
      apiVersion,
      kind: 'PipelineRun',
      metadata: { name: `create-${i}`, namespace },
      spec: { pipelineConfigRef: bench.configName, commit: bench.sample.commits.main, branch: 'main' },
    }
    const started = performance.now()
    await bench.client.create(resourceTypes.pipelineRun, run, { dryRun: true })
    seconds.push((performance.now() - started) / 1000)
  }
  return seconds
}

/** Mean of 500 dry-run creates with both webhooks over the same without; in turns, so that a busy moment hits both. */
export async function measureCreate(bench: Bench): Promise<readonly Row[]> {
  const [bare, admitted]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < 5; turn += 1) {
    bare.push(...(await timeCreates(bench, unwatchedNamespace, turn * count)))
    admitted.push(...(await timeCreates(bench, benchNamespace, turn * count)))
  }
  const what = 'create of a PipelineRun, over the same without webhooks, mean of 500'
  return [toRatio({ id: 'create', what, measured: mean(admitted), floor: mean(bare), target: 2.5 })]
}

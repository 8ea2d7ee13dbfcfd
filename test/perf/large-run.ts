import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { freezePlan } from '../../crds/plan.ts'
import { planRun } from '../../src/engine/plan.ts'
import { defaultSettings, type Snapshot } from '../../src/engine/snapshot.ts'
import type { Job, KubeObject, Pod } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { startKwokNodes } from '../helpers/kwok.ts'
import { type Bench, benchNamespace } from './bench-cluster.ts'
import { type Row, toFigure } from './measurement.ts'

const count = 1000
const rounds = 20
const kibibyte = 1024

/** A run with 1,000 steps in ten layers: that it works, how large its object is at the end, what one decision about it costs. */
export async function measureLargeRun(bench: Bench): Promise<readonly Row[]> {
  const cpu = toFigure({
    id: 'large-plan',
    what: `one decision about a run with ${count} steps, half of them running, CPU`,
    value: measurePlanning(bench),
    target: 50,
    unit: 'ms',
  })
  const kwok = await startKwokNodes({ ...bench, stepMs: 1000 })
  try {
    const run = await bench.waitForEnd(await startFromConfig(bench))
    if (run.status?.phase !== 'Succeeded') throw new Error(`run ${run.metadata.name}: ${run.status?.message}`)
    const key = { namespace: benchNamespace, name: run.metadata.name ?? '' }
    const stored = await bench.client.get<PipelineRun>(resourceTypes.pipelineRun, key)
    const value = JSON.stringify(stored).length / kibibyte
    const what = `object of a run with ${count} steps at its end, from a config`
    return [cpu, toFigure({ id: 'large-object', what, value, target: 256, unit: 'KiB' })]
  } finally {
    await kwok.stop()
  }
}

async function startFromConfig(bench: Bench): Promise<string> {
  const name = `large-${Date.now().toString(36)}`
  const metadata = { name, namespace: benchNamespace }
  const { repository, client, sample } = bench
  const spec = { repository, steps: renderSteps(bench) }
  await client.create(resourceTypes.pipelineConfig, {
    apiVersion,
    kind: 'PipelineConfig',
    metadata,
    spec,
  } as KubeObject)
  const of = { pipelineConfigRef: name, commit: sample.commits.main, branch: 'main' }
  await client.create(resourceTypes.pipelineRun, { apiVersion, kind: 'PipelineRun', metadata, spec: of } as KubeObject)
  return name
}

function renderSteps(bench: Bench): PipelineSpec['steps'] {
  return Array.from({ length: count }, (_, i) => ({
    ...bench.step(`step-${i}`, i < 100 ? [] : [`step-${i - 100}`]),
  }))
}

/** CPU of planRun for a snapshot in the middle of the run, in ms. */
function measurePlanning(bench: Bench): number {
  const snapshot = renderSnapshot(bench)
  for (let i = 0; i < 5; i += 1) planRun(snapshot)
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i += 1) planRun(snapshot)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / rounds
}

function renderSnapshot(bench: Bench): Snapshot {
  const plan = freezePlan({ repository: bench.repository, steps: renderSteps(bench) })
  const metadata = { name: 'large', namespace: benchNamespace, uid: 'large-uid', generation: 1 }
  const run = { apiVersion: '', kind: 'PipelineRun', metadata, spec: { commit: 'a'.repeat(40), plan } } as PipelineRun
  const base = {
    run,
    jobs: [],
    pods: [],
    refusals: [],
    podCreationFailures: [],
    mountFailures: [],
    goneSteps: new Set<string>(),
    now: 0,
    settings: defaultSettings,
  }
  const jobs = planRun(base).creations.map(
    ({ job }, i): Job => ({ ...job, metadata: { ...job.metadata, uid: `j${i}` } }),
  )
  const pods = jobs.map((job, i): Pod => renderPod(job, i))
  return { ...base, jobs, pods }
}

function renderPod({ metadata }: Job, index: number): Pod {
  const at = '2026-01-01T00:00:00Z'
  const { name = '', uid = '', labels = {} } = metadata
  return {
    metadata: {
      name: `${name}-x`,
      uid: `p${index}`,
      labels,
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
    },
    spec: { containers: [] },
    status: {
      phase: 'Running',
      startTime: at,
      containerStatuses: [{ name: 'step', state: { running: { startedAt: at } } }],
    },
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { PipelineRunSpec, Plan, StepStatus } from '../../crds/pipeline-run.ts'
import { freezePlan } from '../../crds/plan.ts'
import type { ApprovalWord } from '../../crds/step-approvals.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import type { CallScripts } from '../../test/helpers/simulated-cluster/called-runs.ts'
import type { Script } from '../../test/helpers/simulated-cluster/script.ts'
import { SimulatedCluster } from '../../test/helpers/simulated-cluster.ts'

const folder = join(import.meta.dirname, '../../test/scenarios')

/** run.yaml: what the run has besides its pipeline; input.yaml may be left out where it has none. */
interface Extra {
  readonly spec?: Partial<PipelineRunSpec>
  readonly plan?: Partial<Plan>
}

/** Seconds after the start. */
interface Move {
  readonly at: number
  readonly do: 'cancel' | 'deleteJob' | 'approve' | 'supersede' | 'say' | 'deleteCall' | 'compact'
  readonly step?: string
  readonly by?: string
  readonly word?: ApprovalWord
}

interface Story {
  readonly pods?: Script
  readonly moves?: readonly Move[]
  readonly calls?: CallScripts
}

interface Want {
  readonly steps: Readonly<Record<string, Partial<StepStatus>>>
  readonly conditions?: Readonly<Record<string, string>>
  /** How many Jobs were made in all. */
  readonly jobs?: number
}

function read(name: string, file: string): unknown {
  return parse(readFileSync(join(folder, name, file), 'utf8'))
}

function readRun(name: string): PipelineRun {
  const { spec = {}, plan = {} } = existsSync(join(folder, name, 'run.yaml')) ? (read(name, 'run.yaml') as Extra) : {}
  const input = existsSync(join(folder, name, 'input.yaml')) ? (read(name, 'input.yaml') as PipelineSpec) : undefined
  if (input !== undefined) {
    const run = makeRun({ ...freezePlan(input), ...plan })
    // A field that is null in the file is one that the run lacks.
    const merged = Object.entries({ ...run.spec, ...spec }).filter(([, value]) => value !== null)
    return { ...run, spec: Object.fromEntries(merged) as unknown as PipelineRunSpec }
  }
  const { metadata } = makeRun({ ...freezePlan({ repository: '', steps: [] }) })
  return { metadata, spec: { commit: 'c0ffee0', ...spec } }
}

const moves: Readonly<Record<Move['do'], (cluster: SimulatedCluster, move: Move) => void>> = {
  cancel: (cluster) => cluster.cancel(),
  approve: (cluster) => cluster.approve(),
  supersede: (cluster, { by = '' }) => cluster.supersede(by),
  say: (cluster, { step = '', word = 'Approved' }) => cluster.say(step, word),
  compact: (cluster) => cluster.compact(),
  deleteCall: (cluster, { step = '' }) => cluster.called.delete(step),
  deleteJob: (cluster, { step = '' }) => cluster.deleteJob(step),
}

function readStory(name: string): Required<Story> {
  return { pods: {}, moves: [], calls: {}, ...(read(name, 'script.yaml') as Story) }
}

const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

test.each(names)('%s', (name) => {
  const { pods, moves: told, calls } = readStory(name)
  const { steps, conditions = {}, jobs, ...run } = read(name, 'want.yaml') as Want
  const cluster = new SimulatedCluster({ run: readRun(name), script: pods, calls })
  for (const move of told) {
    cluster.playUntil(move.at)
    moves[move.do](cluster, move)
  }
  expect(cluster.settle()).toBe(true)
  const { status } = cluster.run
  if (jobs !== undefined) expect(cluster.jobs.size).toBe(jobs)
  expect(status).toMatchObject(run)
  expect(Object.fromEntries(status?.steps?.map((row) => [row.name, row]) ?? [])).toMatchObject(steps)
  const found = Object.fromEntries(status?.conditions?.map(({ type, status }) => [type, status]) ?? [])
  expect(found).toMatchObject(conditions)
})

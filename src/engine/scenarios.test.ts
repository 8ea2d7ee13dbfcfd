import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { StepStatus } from '../../crds/pipeline-run.ts'
import { freezePlan } from '../../crds/plan.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import type { Script } from '../../test/helpers/simulated-cluster/script.ts'
import { SimulatedCluster } from '../../test/helpers/simulated-cluster.ts'

const folder = join(import.meta.dirname, '../../test/scenarios')

interface Story {
  readonly pods: Script
  readonly moves?: readonly { readonly at: number; readonly do: 'cancel' | 'deleteJob'; readonly step?: string }[]
}

interface Want {
  readonly steps: Readonly<Record<string, Partial<StepStatus>>>
  readonly conditions?: Readonly<Record<string, string>>
}

function read(name: string, file: string): unknown {
  return parse(readFileSync(join(folder, name, file), 'utf8'))
}

const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

test.each(names)('%s', (name) => {
  const { pods, moves = [] } = read(name, 'script.yaml') as Story
  const { steps, conditions = {}, ...run } = read(name, 'want.yaml') as Want
  const plan = freezePlan(read(name, 'input.yaml') as PipelineSpec)
  const cluster = new SimulatedCluster({ run: makeRun(plan), script: pods })
  for (const move of moves) {
    cluster.playUntil(move.at)
    if (move.do === 'cancel') cluster.cancel()
    else cluster.deleteJob(move.step ?? '')
  }
  expect(cluster.settle()).toBe(true)
  const { status } = cluster.run
  expect(status).toMatchObject(run)
  expect(Object.fromEntries(status?.steps?.map((row) => [row.name, row]) ?? [])).toMatchObject(steps)
  const found = Object.fromEntries(status?.conditions?.map(({ type, status }) => [type, status]) ?? [])
  expect(found).toMatchObject(conditions)
})

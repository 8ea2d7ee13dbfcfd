import { expect } from 'vitest'
import { labels } from '../../crds/labels.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import { listMainSteps } from '../../crds/planned-steps.ts'
import { findBlockers, isFinal } from '../../src/engine/needs.ts'
import { isRunFinal } from '../../src/engine/status/run-status.ts'
import type { Move } from './arbitrary-run.ts'
import type { SimulatedCluster, Witness } from './simulated-cluster.ts'

/** One move after another. */
export function play(cluster: SimulatedCluster, schedule: readonly Move[]): void {
  for (const move of schedule) {
    if (move.kind === 'deliver') cluster.deliver(move.of)
    if (move.kind === 'reconcile') cluster.reconcile(move.writes)
    if (move.kind === 'jobs') cluster.moveJobs()
    if (move.kind === 'pods') cluster.movePods()
    if (move.kind === 'pass') cluster.pass(move.seconds)
    if (move.kind === 'cancel') cluster.cancel()
    if (move.kind === 'deleteJob') cluster.deleteJob(move.step)
  }
}

/** Fails at the moment a law is broken. */
export function watchLaws(): Witness {
  const names = new Set<string>()
  return {
    created(job, run) {
      const { name = '', labels: found = {} } = job.metadata
      expect(names.has(name), `Job ${name} was created twice`).toBe(false)
      names.add(name)
      const step = found[labels.step] ?? ''
      const blockers = run.spec.plan && findBlockers(run.spec.plan, run.status?.steps ?? [], step)
      expect(blockers, `step ${step} was started before its needs`).toEqual([])
    },
    deleted({ metadata: { name = '' } }, run) {
      // A Job that nobody has noted yet may be made again; one that stands in the status may not.
      const isNoted = run.status?.steps?.some((row) =>
        [row, ...(row.attempts ?? [])].some(({ jobName }) => jobName === name),
      )
      if (isNoted !== true) names.delete(name)
    },
    planned({ run }, { creations, status }) {
      const main = new Set(run.spec.plan && listMainSteps(run.spec.plan).map(({ name }) => name))
      const started = creations.filter(({ step }) => main.has(step))
      if (run.spec.cancel === true) expect(started, 'a cancelled run starts nothing').toEqual([])
      for (const { step, attempt } of started) {
        const row = status?.steps?.find(({ name }) => name === step)
        expect(attempt, 'attempts are counted on').toBe(row?.attempt === undefined ? attempt : row.attempt + 1)
      }
    },
    wrote(before, after) {
      expect(findBackwards(before, after)).toEqual([])
      for (const { attempts = [], attempt = 0 } of after.steps ?? []) {
        const numbers = attempts.map((earlier) => earlier.attempt)
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => b - a))
        expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(attempt)
      }
    },
  }
}

const rank: Readonly<Record<string, number>> = { Pending: 0, Running: 1 }
const rankOf = (phase: string | undefined) => rank[phase ?? 'Pending'] ?? 2

function findBackwards(before: PipelineRunStatus | undefined, after: PipelineRunStatus): readonly string[] {
  const rows = new Map(after.steps?.map((row) => [row.name, row]))
  const wrong = (before?.steps ?? []).filter((row) => {
    const now = rows.get(row.name)
    return isFinal(row) ? JSON.stringify(now) !== JSON.stringify(row) : rankOf(now?.phase) < rankOf(row.phase)
  })
  const isReopened = isRunFinal(before?.phase) && before?.phase !== after.phase
  const isRunBack = isReopened || rankOf(after.phase) < rankOf(before?.phase)
  return [...wrong.map(({ name }) => name), ...(isRunBack ? ['the run'] : [])]
}

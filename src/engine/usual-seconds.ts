import type { PipelineConfigStatus } from '../../crds/pipeline-config.ts'

/** As much of a run as tells how long it took. */
export interface TimedRun {
  readonly phase?: string | undefined
  readonly startTime?: string | undefined
  readonly completionTime?: string | undefined
}

/** As many of the last ones count: older ones tell of another pipeline. */
const lastRuns = 100

/**
 * How long the last successful runs took. Two digits, so that a status does not change with every run; undefined where none
 * is known.
 */
export function foldUsualSeconds(runs: readonly TimedRun[]): PipelineConfigStatus['usualSeconds'] {
  const ended = runs.flatMap(({ phase, startTime, completionTime }) => {
    const [start, end] = [Date.parse(startTime ?? ''), Date.parse(completionTime ?? '')]
    return phase === 'Succeeded' && end >= start ? [{ end, seconds: (end - start) / 1000 }] : []
  })
  if (ended.length === 0) return undefined
  const last = ended.sort((a, b) => b.end - a.end).slice(0, lastRuns)
  const sorted = last.map(({ seconds }) => seconds).sort((a, b) => a - b)
  return { p50: pick(sorted, 0.5), p90: pick(sorted, 0.9) }
}

/** The nearest rank. */
function pick(sorted: readonly number[], share: number): number {
  const seconds = sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return Math.round(Number(seconds.toPrecision(2)))
}

import type { PipelineRun } from '../../../crds/kinds.ts'
import type { PipelineRunStatus } from '../../../crds/pipeline-run.ts'
import type { CallCreation } from '../../../src/engine/run-plan.ts'
import type { JobRefusal } from '../../../src/engine/snapshot.ts'
import { isRunFinal } from '../../../src/engine/status/run-status.ts'
import { type Instant, toTimestamp } from '../../../src/lib/clock.ts'

/** What the run of a call comes to. */
export interface CallScript {
  readonly ends?: 'Succeeded' | 'Failed' | 'Cancelled'
  /** How long it runs; 5 when left out. One that never ends by itself has none and `hangs`. */
  readonly seconds?: number
  readonly hangs?: boolean
  readonly message?: string
  readonly reason?: string
  /** The API server's no to its creation. */
  readonly refused?: string
  /** It waits for a person that long before it runs. */
  readonly waits?: number
  /** What it waits for in place of a person: a reason that holds its steps up. */
  readonly waitsFor?: 'QuotaExceeded' | 'Suspended' | 'AdmissionMissing'
}

export type CallScripts = Readonly<Record<string, CallScript>>

/** The runs that the one run of a simulation calls, as far as it can see them. */
export class CalledRuns {
  readonly #scripts: CallScripts
  readonly runs = new Map<string, PipelineRun>()
  readonly refusals = new Map<string, JobRefusal>()
  readonly #madeAt = new Map<string, Instant>()
  readonly #beganAt = new Map<string, Instant>()

  constructor(scripts: CallScripts = {}) {
    this.#scripts = scripts
  }

  list(): readonly PipelineRun[] {
    return [...this.runs.values()]
  }

  /** As every write of the simulation: true, since it succeeds. */
  create({ step, attempt, run }: CallCreation, now: Instant): boolean {
    const { name = '' } = run.metadata
    const { refused } = this.#scripts[step] ?? {}
    if (refused !== undefined) {
      this.refusals.set(step, { step, attempt, kind: 'CallRefused', message: refused, retryAt: 0 })
      return true
    }
    if (this.runs.has(name)) return true
    this.#madeAt.set(name, now)
    const metadata = { ...run.metadata, uid: `run-${name}`, creationTimestamp: toTimestamp(now) }
    this.runs.set(name, { ...run, metadata, status: { phase: 'Pending' } })
    return true
  }

  cancel(name: string): void {
    const run = this.runs.get(name)
    if (run !== undefined) this.runs.set(name, { ...run, spec: { ...run.spec, cancel: true } })
  }

  delete(step: string): void {
    const run = this.list().find(({ spec }) => spec.parent?.step === step)
    if (run !== undefined) this.runs.delete(run.metadata.name ?? '')
  }

  /** Gives back whether anything changed. */
  move(now: Instant): boolean {
    return this.list()
      .map((run) => {
        const status = this.#next(run, now)
        if (status === undefined) return false
        this.runs.set(run.metadata.name ?? '', { ...run, status })
        return true
      })
      .some(Boolean)
  }

  isGoing(): boolean {
    return this.list().some(({ status }) => !isRunFinal(status?.phase))
  }

  #next({ metadata, spec, status = {} }: PipelineRun, now: Instant): PipelineRunStatus | undefined {
    const { name = '' } = metadata
    const script = this.#scripts[spec.parent?.step ?? ''] ?? {}
    if (isRunFinal(status.phase)) return undefined
    if (spec.cancel === true) {
      return { ...status, phase: 'Cancelled', reason: 'Cancelled', completionTime: toTimestamp(now) }
    }
    if (status.phase !== 'Running') return this.#begin(name, { script, status, now })
    const endsAt = (this.#beganAt.get(name) ?? now) + secondsOf(script) * 1000
    return now >= endsAt ? endOf(script, status, now) : undefined
  }

  #begin(name: string, { script, status, now }: Moment): PipelineRunStatus | undefined {
    const begins = (this.#madeAt.get(name) ?? now) + (script.waits ?? 0) * 1000
    if (now < begins) return status.reason === undefined ? hold(script, now) : undefined
    this.#beganAt.set(name, now)
    return { phase: 'Running', startTime: toTimestamp(now), message: 'running a' }
  }
}

interface Moment {
  readonly script: CallScript
  readonly status: PipelineRunStatus
  readonly now: Instant
}

function secondsOf({ hangs = false, seconds = 5 }: CallScript): number {
  return hangs ? Number.POSITIVE_INFINITY : seconds
}

function endOf(script: CallScript, { startTime = '' }: PipelineRunStatus, now: Instant): PipelineRunStatus {
  return { phase: script.ends ?? 'Succeeded', startTime, completionTime: toTimestamp(now), ...tell(script) }
}

function tell({ reason, message }: CallScript): PipelineRunStatus {
  return { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
}

/** Of what is no person a run that has not started notes no time. */
function hold({ waitsFor }: CallScript, now: Instant): PipelineRunStatus {
  const reason = waitsFor ?? 'AwaitingApproval'
  const since = waitsFor === undefined ? { waitingSince: toTimestamp(now) } : {}
  const row = { name: 'ask', phase: 'Pending', reason, ...since } as const
  return { phase: 'Pending', reason, message: 'step ask waits', steps: [row] }
}

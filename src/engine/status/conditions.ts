import type { Condition } from '../../../crds/parts/condition.ts'
import type { Instant } from '../../lib/clock.ts'
import { toTimestamp } from '../../lib/clock.ts'

export type ConditionDraft = Pick<Condition, 'type' | 'status'> & { readonly reason: string; readonly message: string }

export interface ConditionContext {
  readonly last: readonly Condition[]
  readonly generation: number
  readonly now: Instant
}

/** Longest that the API server takes. */
const longestMessage = 4096

/**
 * The conditions as they now are: drafts replace the last of their type, others stay. lastTransitionTime changes only
 * when the status does (Kubernetes API conventions).
 */
export function mergeConditions(drafts: readonly ConditionDraft[], context: ConditionContext): readonly Condition[] {
  const last = new Map(context.last.map((condition) => [condition.type, condition]))
  const merged = new Map(last)
  for (const draft of drafts) {
    const before = last.get(draft.type)
    const since = before?.status === draft.status ? before.lastTransitionTime : undefined
    merged.set(draft.type, {
      type: draft.type,
      status: draft.status,
      reason: draft.reason,
      message: draft.message.slice(0, longestMessage),
      lastTransitionTime: since ?? toTimestamp(context.now),
      observedGeneration: context.generation,
    })
  }
  return [...merged.values()].map((condition) => ({ ...condition, observedGeneration: context.generation }))
}

export interface Standing {
  readonly state: 'progressing' | 'ready' | 'failed'
  readonly reason: string
  readonly message: string
}

const standingTypes: ReadonlySet<string> = new Set(['Ready', 'Reconciling', 'Stalled'])

/** Those of renderStanding; other conditions of an object may be another field manager's. */
export function pickStanding(conditions: readonly Condition[] = []): Condition[] {
  return conditions.filter(({ type }) => standingTypes.has(type))
}

/**
 * Ready, Reconciling and Stalled as kstatus reads them: Ready=False alone would mean "in progress", so what has failed
 * for good says Stalled=True.
 */
export function renderStanding({ state, reason, message }: Standing): readonly ConditionDraft[] {
  const flag = (value: boolean) => (value ? 'True' : 'False')
  return [
    { type: 'Ready', status: flag(state === 'ready'), reason, message },
    { type: 'Reconciling', status: flag(state === 'progressing'), reason, message },
    { type: 'Stalled', status: flag(state === 'failed'), reason, message },
  ]
}

import { isDeepStrictEqual } from 'node:util'
import { toTimestamp } from '../../src/lib/clock.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import { isRecord, type JsonRecord, toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { stampRecords, warnRecords } from './approval-records.ts'
import { inheritRun } from './inherit-run.ts'
import { keepWords } from './kept-words.ts'
import { findRerunFaults } from './rerun.ts'
import { renderLabels, stampLabels } from './run-labels.ts'
import { freezeRunPlan } from './run-plan.ts'
import { findEvent } from './run-source.ts'
import { stampChangedSpec, stampNewSpec } from './run-stamps.ts'

export interface Mutation {
  readonly object: KubeObject | undefined
  readonly warnings: readonly FieldError[]
  /** Lines that are no finding, such as the plan of a dry run. */
  readonly notes?: readonly string[]
  /** Why it is refused at once. */
  readonly errors?: readonly FieldError[]
}

/** Freezes the plan and stamps who, when and what. A run that cannot be frozen stays without plan; validation tells why. */
export function mutateRun(sent: AdmissionRequest, facts: Facts): Mutation {
  const request = inheritRun(sent, facts)
  const { object, operation } = request
  const { spec } = toRecord(object)
  if (object === undefined) return { object, warnings: [] }
  if (operation === 'UPDATE') return keepStamps(object, request, facts)
  if (!isRecord(spec)) return { object, warnings: [] }
  const plan = freezeRunPlan(request, facts)
  const errors = findRerunFaults(sent, facts, () => plan)
  if (errors.length > 0) return { object, warnings: [], errors }
  const stamped = stampNewSpec(spec, { user: request.user, triggeredAt: findTime(request, facts), plan })
  const wanted = renderLabels(spec, plan, findEvent(request))
  return { object: stampLabels(withSpec(object, stamped.spec), wanted), warnings: stamped.warnings }
}

function keepStamps(object: KubeObject, { oldObject, user }: AdmissionRequest, { now }: Facts): Mutation {
  const { spec: sent } = toRecord(object)
  const kept = oldObject?.metadata.labels ?? {}
  if (!isRecord(sent)) return { object: stampLabels(object, kept), warnings: [] }
  const spec = keepWords(sent, { oldObject })
  const old = toRecord(toRecord(oldObject)['spec'])
  const stamped = stampChangedSpec(spec, old, user)
  const recorded = stampRecords(stamped.spec, old, { user, at: toTimestamp(now) })
  const warnings = [...stamped.warnings, ...warnRecords(spec, recorded)]
  return { object: stampLabels(withSpec(object, recorded), kept), warnings }
}

function withSpec(object: KubeObject, spec: JsonRecord): KubeObject {
  return toRecord(object)['spec'] === spec ? object : ({ ...object, spec } as KubeObject)
}

/** When the API server took the request; its own stamp, where it has set it already, is the same on every replica. */
function findTime({ object }: AdmissionRequest, { now }: Facts): string {
  return toText(object?.metadata.creationTimestamp) ?? toTimestamp(now)
}

/** Whether an object carries the plan and stamps that the mutating webhook gives it. `toRecord` for unread specs. */
export function isStamped(request: AdmissionRequest, facts: Facts): boolean {
  const { object } = request
  const wanted = toRecord(mutateRun(request, facts).object)
  const spec = toRecord(wanted['spec'])
  const actual = toRecord(toRecord(object)['spec'])
  return isDeepStrictEqual({ ...spec, triggeredAt: undefined }, { ...actual, triggeredAt: undefined })
}

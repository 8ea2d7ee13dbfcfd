import { isDeepStrictEqual } from 'node:util'
import { labels } from '../../crds/labels.ts'
import { toLabelValue } from '../../crds/names.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { toTimestamp } from '../../src/lib/clock.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { toCanonicalRepository } from '../../src/lib/repository.ts'
import type { Facts } from '../facts.ts'
import { isRecord, type JsonRecord, toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { freezeRunPlan } from './run-plan.ts'

/** Labels that c8s alone sets on a run: for finding runs, never for deciding. */
const stampedLabels = [labels.config, labels.branch, labels.commit, labels.repository] as const

export interface Mutation {
  readonly object: KubeObject | undefined
  readonly warnings: readonly FieldError[]
}

/** Freezes the plan and stamps who, when and what. A run that cannot be frozen stays without plan; validation tells why. */
export function mutateRun(request: AdmissionRequest, facts: Facts): Mutation {
  const { object, oldObject, operation } = request
  if (object === undefined) return { object, warnings: [] }
  if (operation === 'UPDATE') {
    const kept = keepStamps(object, toRecord(toRecord(oldObject)['spec']))
    return { object: stampLabels(kept, oldObject?.metadata.labels ?? {}), warnings: [] }
  }
  const { spec } = object as KubeObject & { readonly spec?: unknown }
  if (!isRecord(spec)) return { object, warnings: [] }
  const plan = freezeRunPlan(request, facts)
  const stamped = stampSpec(spec, plan, { triggeredBy: request.user.username, triggeredAt: findTime(request, facts) })
  return {
    object: stampLabels(
      stamped === spec ? object : ({ ...object, spec: stamped } as KubeObject),
      renderLabels(spec, plan),
    ),
    warnings: warnReplaced(spec, stamped),
  }
}

/** What c8s wrote into a spec at its creation. */
const stampedFields = ['triggeredBy', 'triggeredAt', 'plan'] as const

/**
 * A manifest that names who asked can be applied again, and one replaced that never knew of the plan: what c8s wrote
 * comes back, so that the run's spec is what it was.
 */
function keepStamps(object: KubeObject, old: JsonRecord): KubeObject {
  const { spec } = object as KubeObject & { readonly spec?: unknown }
  if (!isRecord(spec) || stampedFields.every((field) => isDeepStrictEqual(spec[field], old[field]))) return object
  const { triggeredBy: _by, triggeredAt: _at, plan: _plan, ...rest } = spec
  const stamps = stampedFields.flatMap((field) => (old[field] === undefined ? [] : [[field, old[field]] as const]))
  return { ...object, spec: { ...rest, ...Object.fromEntries(stamps) } } as KubeObject
}

interface Stamps {
  readonly triggeredBy: string
  readonly triggeredAt: string
}

function stampSpec(spec: JsonRecord, plan: Plan | undefined, stamps: Stamps): JsonRecord {
  const { plan: _claimed, ...rest } = spec
  const stamped = plan === undefined ? { ...rest, ...stamps } : { ...rest, ...stamps, plan }
  return isDeepStrictEqual(stamped, spec) ? spec : stamped
}

/** When the API server took the request; its own stamp, where it has set it already, is the same on every replica. */
function findTime({ object }: AdmissionRequest, { now }: Facts): string {
  return toText(object?.metadata.creationTimestamp) ?? toTimestamp(now)
}

function renderLabels(spec: JsonRecord, plan: Plan | undefined): Readonly<Record<string, string>> {
  const values: readonly (readonly [string, string | undefined])[] = [
    [labels.config, toText(spec['pipelineConfigRef'])],
    [labels.branch, toText(spec['branch'])],
    [labels.commit, toText(spec['commit'])],
    [labels.repository, plan === undefined ? undefined : toCanonicalRepository(plan.repository)],
  ]
  return Object.fromEntries(values.flatMap(([key, value]) => (value === undefined ? [] : [[key, toLabelValue(value)]])))
}

/** The object with the stamped labels as given; one that is not given is taken away. */
function stampLabels(object: KubeObject, wanted: Readonly<Record<string, string>>): KubeObject {
  const present = object.metadata.labels ?? {}
  if (stampedLabels.every((key) => present[key] === wanted[key])) return object
  const others = Object.entries(present).filter(([key]) => !stampedLabels.some((stamped) => stamped === key))
  const stamps = stampedLabels.flatMap((key) => (wanted[key] === undefined ? [] : [[key, wanted[key]]]))
  return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries([...others, ...stamps]) } }
}

function warnReplaced(sent: JsonRecord, stamped: JsonRecord): readonly FieldError[] {
  const claimed = toText(sent['triggeredBy'])
  const warnings: FieldError[] = []
  if (claimed !== undefined && claimed !== stamped['triggeredBy']) {
    const message = `replaced by "${toText(stamped['triggeredBy']) ?? ''}", the user who made the request`
    warnings.push({ path: 'spec.triggeredBy', code: 'Forbidden', message })
  }
  if (sent['plan'] !== undefined && !isDeepStrictEqual(sent['plan'], stamped['plan'])) {
    warnings.push({ path: 'spec.plan', code: 'Forbidden', message: 'replaced: c8s freezes the plan itself' })
  }
  return warnings
}

/** Whether an object carries the plan and stamps that the mutating webhook gives it. `toRecord` for unread specs. */
export function isStamped(request: AdmissionRequest, facts: Facts): boolean {
  const { object } = request
  const wanted = toRecord(mutateRun(request, facts).object)
  const spec = toRecord(wanted['spec'])
  const actual = toRecord(toRecord(object)['spec'])
  return isDeepStrictEqual({ ...spec, triggeredAt: undefined }, { ...actual, triggeredAt: undefined })
}

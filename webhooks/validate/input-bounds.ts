import { limits } from '../../crds/defaults.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { expressionsAreQuick } from '../../crds/rules/conditions.ts'
import type { Validators } from '../../crds/validate.ts'
import type { FieldError, Verdict } from '../../src/lib/field-error.ts'
import { isRecord, toRecord } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'

/** Whether a new object is small enough to be looked at any closer. */
export type Fits = (request: AdmissionRequest) => boolean

/**
 * The mutating webhook sees an object before the API server has judged it by its schema, and what is judged ahead is not judged yet
 * either. So what takes more time than schema and rules would let through is left alone: they refuse it a moment later, and
 * say why. See docs/adr/0157.
 */
export function createFits({ fitsPipelineConfig, fitsPipelineRun }: Validators): {
  readonly config: Fits
  readonly run: Fits
} {
  return {
    config: remember(({ object }) => fitsPipelineConfig(object)),
    run: remember(
      ({ object, operation }) => operation !== 'CREATE' || (fitsPipelineRun(dropStamps(object)) && isQuick(object)),
    ),
  }
}

/** One request asks several times. */
function remember(check: Fits): Fits {
  const known = new WeakMap<object, boolean>()
  return (request) => {
    const { object } = request
    if (object === undefined) return true
    const fits = known.get(object) ?? check(request)
    known.set(object, fits)
    return fits
  }
}

/** What c8s writes itself: whatever a client put there is replaced, so it need not be of any shape. */
const stamps: ReadonlySet<string> = new Set([
  'plan',
  'triggeredBy',
  'triggeredAt',
  'approvedBy',
  'approvalRecords',
  'cancelledBy',
])

function dropStamps(run: unknown): unknown {
  const { spec, ...rest } = toRecord(run)
  if (!isRecord(spec)) return run
  return { ...rest, spec: Object.fromEntries(Object.entries(spec).filter(([key]) => !stamps.has(key))) }
}

/** The pipeline that a run of the right shape brings with it. That of a config has been judged before. */
function isQuick(run: unknown): boolean {
  const { pipelineSpec } = toRecord(toRecord(run)['spec'])
  if (pipelineSpec === undefined) return true
  const isSmall = Buffer.byteLength(JSON.stringify(pipelineSpec)) <= limits.pipelineBytes
  return isSmall && expressionsAreQuick(pipelineSpec as PipelineSpec, '').length === 0
}

/** What schema and rules say of one that does not fit; in no case nothing. */
export function refuseUnfit({ errors, warnings }: Verdict): Verdict {
  const unfit: FieldError = { path: 'spec', code: 'TooLarge', message: 'is too large to be judged' }
  return { errors: errors.length === 0 ? [unfit] : errors, warnings }
}

import type { FieldError } from '../src/lib/field-error.ts'
import { pipelineRules, pipelineWarnings } from './pipeline-config.rules.ts'
import type { PipelineSpec } from './pipeline-config.ts'
import type { PipelineRunSpec } from './pipeline-run.ts'
import { checkRef } from './rules/branches.ts'
import { eventFits, rejectedStandsAlone, soundApproval } from './rules/event.ts'
import { triggersStartNothing } from './rules/later.ts'
import { noMatrix } from './rules/matrix.ts'
import type { SpecRule } from './rules/rule.ts'

/** What this version cannot run, though a config may hold it. Of a config that a run refers to, `at` is the reference. */
export function validateRunnable(spec: PipelineSpec, at: string): readonly FieldError[] {
  const isReference = at.endsWith('Ref')
  return noMatrix(spec, at).map((error) => (isReference ? { ...error, path: at } : error))
}

const exactlyOnePipeline: SpecRule<PipelineRunSpec> = ({ pipelineConfigRef, pipelineSpec, rejected }, at) => {
  if (rejected !== undefined || (pipelineConfigRef === undefined) !== (pipelineSpec === undefined)) return []
  const message = 'exactly one of pipelineConfigRef and pipelineSpec must be given'
  return [{ path: at, code: pipelineSpec === undefined ? 'Required' : 'Invalid', message }]
}

const legalRefs: SpecRule<PipelineRunSpec> = ({ branch, tag }, at) => [
  ...checkRef(branch, `${at}.branch`),
  ...checkRef(tag, `${at}.tag`),
]

const noMatrixIndex: SpecRule<PipelineRunSpec> = ({ matrixIndex }, at) =>
  matrixIndex === undefined
    ? []
    : [
        {
          path: `${at}.matrixIndex`,
          code: 'Unsupported',
          message: 'this version of c8s runs no pipeline with a matrix',
        },
      ]

const soundPipeline: SpecRule<PipelineRunSpec> = ({ pipelineSpec }, at) => {
  const place = `${at}.pipelineSpec`
  if (pipelineSpec === undefined) return []
  return [...pipelineRules.flatMap((rule) => rule(pipelineSpec, place)), ...validateRunnable(pipelineSpec, place)]
}

const warnPipeline: SpecRule<PipelineRunSpec> = ({ pipelineSpec }, at) =>
  pipelineSpec === undefined ? [] : pipelineWarnings.flatMap((rule) => rule(pipelineSpec, `${at}.pipelineSpec`))

/** c8s itself copies a file of the repository whole. */
const warnTriggers: SpecRule<PipelineRunSpec> = ({ pipelineSpec, event }, at) =>
  pipelineSpec === undefined || event !== undefined ? [] : triggersStartNothing(pipelineSpec, `${at}.pipelineSpec`)

export const runRules: readonly SpecRule<PipelineRunSpec>[] = Object.freeze([
  exactlyOnePipeline,
  rejectedStandsAlone,
  eventFits,
  soundApproval,
  legalRefs,
  noMatrixIndex,
  soundPipeline,
])

export const runWarnings: readonly SpecRule<PipelineRunSpec>[] = Object.freeze([warnPipeline, warnTriggers])

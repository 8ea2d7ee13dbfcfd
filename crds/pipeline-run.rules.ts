import type { FieldError } from '../src/lib/field-error.ts'
import { expansionRules, pipelineRules, pipelineWarnings } from './pipeline-config.rules.ts'
import type { PipelineSpec } from './pipeline-config.ts'
import type { PipelineRunSpec } from './pipeline-run.ts'
import { checkRef } from './rules/branches.ts'
import { eventFits, rejectedStandsAlone, soundApproval } from './rules/event.ts'
import { historyKeepsNothing, triggersStartNothing } from './rules/later.ts'
import type { SpecRule } from './rules/rule.ts'
import { judgeInputs, type RunInputs } from './rules/run-inputs.ts'

const refPath = 'spec.pipelineConfigRef'

/**
 * Whether a run with these inputs can run the config that it refers to. What its plan is expanded and filled in from is judged
 * again: the config may have come in while no webhook looked, or before a rule was there.
 */
export function validateReferred(config: PipelineSpec, inputs: RunInputs): readonly FieldError[] {
  const stored = expansionRules.flatMap((rule) => rule(config, refPath))
  const given = judgeInputs(config, inputs, { run: 'spec', pipeline: refPath })
  return keepFirst([...stored, ...given]).map((error) => {
    if (!error.path.startsWith(`${refPath}.`)) return error
    return { ...error, path: refPath, message: `${error.path.slice(refPath.length + 1)} ${error.message}` }
  })
}

/** Two rules may find the same place wrong. */
function keepFirst(errors: readonly FieldError[]): readonly FieldError[] {
  const paths = new Set<string>()
  return errors.filter(({ path }) => !paths.has(path) && paths.add(path))
}

/** A run that runs another again has that one's pipeline, which admission fills in. */
const exactlyOnePipeline: SpecRule<PipelineRunSpec> = (spec, at) => {
  const { pipelineConfigRef, pipelineSpec, rejected, rerunOf } = spec
  if (rerunOf !== undefined && pipelineConfigRef === undefined && pipelineSpec === undefined) return []
  if (rejected !== undefined || (pipelineConfigRef === undefined) !== (pipelineSpec === undefined)) return []
  const message = 'exactly one of pipelineConfigRef and pipelineSpec must be given'
  return [{ path: at, code: pipelineSpec === undefined ? 'Required' : 'Invalid', message }]
}

/** The schema lets it be left out, for clients that check by it: of a run that runs another again admission copies it. */
const commitGiven: SpecRule<PipelineRunSpec> = ({ commit, rerunOf }, at) =>
  (commit as string | undefined) !== undefined || rerunOf !== undefined
    ? []
    : [
        {
          path: `${at}.commit`,
          code: 'Required',
          message: 'must be given',
          hint: 'Commit to check out, 7 to 64 hex digits',
        },
      ]

const legalRefs: SpecRule<PipelineRunSpec> = ({ branch, tag }, at) => [
  ...checkRef(branch, `${at}.branch`),
  ...checkRef(tag, `${at}.tag`),
]

const soundPipeline: SpecRule<PipelineRunSpec> = ({ pipelineSpec, params, matrixIndex }, at) => {
  const place = `${at}.pipelineSpec`
  if (pipelineSpec === undefined) return []
  const faults = pipelineRules.flatMap((rule) => rule(pipelineSpec, place))
  const known = new Set(faults.map(({ path }) => path))
  const given = judgeInputs(pipelineSpec, { params, matrixIndex }, { run: at, pipeline: place })
  return [...faults, ...given.filter(({ path }) => !known.has(path))]
}

const warnPipeline: SpecRule<PipelineRunSpec> = ({ pipelineSpec }, at) =>
  pipelineSpec === undefined ? [] : pipelineWarnings.flatMap((rule) => rule(pipelineSpec, `${at}.pipelineSpec`))

/** c8s itself copies a file of the repository whole. */
const warnMeaningless: SpecRule<PipelineRunSpec> = ({ pipelineSpec, event }, at) =>
  pipelineSpec === undefined || event !== undefined
    ? []
    : [triggersStartNothing, historyKeepsNothing].flatMap((rule) => rule(pipelineSpec, `${at}.pipelineSpec`))

export const runRules: readonly SpecRule<PipelineRunSpec>[] = Object.freeze([
  commitGiven,
  exactlyOnePipeline,
  rejectedStandsAlone,
  eventFits,
  soundApproval,
  legalRefs,
  soundPipeline,
])

export const runWarnings: readonly SpecRule<PipelineRunSpec>[] = Object.freeze([warnPipeline, warnMeaningless])

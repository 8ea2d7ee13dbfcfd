import type { PipelineSpec } from './pipeline-config.ts'
import { globsCanMatch } from './rules/branches.ts'
import { knownPlaceholders } from './rules/concurrency.ts'
import {
  namedSecrets,
  noReservedVariables,
  replacedVariables,
  uniqueFiles,
  uniqueVariables,
} from './rules/environment.ts'
import { legalImages } from './rules/image.ts'
import { artifactsNotKept, noSchedulesInFile } from './rules/later.ts'
import { matrixExcludesWhatExists, matrixHasDimensions, matrixIsSmall, noMatrix } from './rules/matrix.ts'
import { finalStepsWithoutNeeds, knownNeeds, noCycles, repeatedNeeds, uniqueStepNames } from './rules/needs.ts'
import { checkRepository } from './rules/repository.ts'
import { enoughResources, limitsAboveRequests } from './rules/resources.ts'
import type { SpecRule } from './rules/rule.ts'
import { schedulesCome } from './rules/schedule.ts'
import { commandsFit, environmentFits, noNulCharacters, pipelineFits } from './rules/sizes.ts'
import { runTimeoutCoversSteps, timeoutsInRange } from './rules/timeouts.ts'
import { workGiven } from './rules/work.ts'

/** What refuses a pipeline, wherever it stands: in a config, in a run, in `.c8s.yaml`. */
export const pipelineRules: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  pipelineFits,
  checkRepository,
  globsCanMatch,
  uniqueStepNames,
  workGiven,
  knownNeeds,
  finalStepsWithoutNeeds,
  noCycles,
  legalImages,
  commandsFit,
  environmentFits,
  noNulCharacters,
  uniqueVariables,
  noReservedVariables,
  namedSecrets,
  uniqueFiles,
  limitsAboveRequests,
  enoughResources,
  timeoutsInRange,
  matrixHasDimensions,
  matrixIsSmall,
  matrixExcludesWhatExists,
  schedulesCome,
  knownPlaceholders,
])

/** What refuses a pipeline in a file of the repository. */
export const fileRules: readonly SpecRule<PipelineSpec>[] = Object.freeze([...pipelineRules, noSchedulesInFile])

/** What is only said about a pipeline. */
export const pipelineWarnings: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  repeatedNeeds,
  replacedVariables,
  runTimeoutCoversSteps,
  artifactsNotKept,
])

/** A config may hold a matrix; runs of it are refused. */
export const configWarnings: readonly SpecRule<PipelineSpec>[] = Object.freeze([...pipelineWarnings, noMatrix])

import type { PipelineSpec } from './pipeline-config.ts'
import { globsCanMatch } from './rules/branches.ts'
import { knownPlaceholders } from './rules/concurrency.ts'
import { dimensionsReadExist, paramsReadExist, stepsReadHaveEnded } from './rules/condition-names.ts'
import {
  conditionGlobsCanMatch,
  conditionsCanHold,
  expressionsAreQuick,
  failuresCanHappen,
  filtersAreQuick,
  outcomesMeanSomething,
  readableExpressions,
} from './rules/conditions.ts'
import {
  namedSecrets,
  noReservedVariables,
  replacedVariables,
  uniqueFiles,
  uniqueVariables,
} from './rules/environment.ts'
import { filledStepsFit } from './rules/filled.ts'
import { approvalsCanBeGiven, finalStepsWaitForNobody, gatesHaveNoPod } from './rules/gates.ts'
import { legalImages } from './rules/image.ts'
import { artifactsNotKept, noSchedulesInFile } from './rules/later.ts'
import { matrixRules } from './rules/matrix.ts'
import { finalStepsWithoutNeeds, knownNeeds, noCycles, repeatedNeeds, uniqueStepNames } from './rules/needs.ts'
import {
  paramsFit,
  paramsHaveDefaults,
  replacedInputs,
  soundParams,
  startedParamsHaveDefaults,
} from './rules/params.ts'
import { knownInputs, noInputsInPrograms, noInputsInShellArguments } from './rules/placeholders.ts'
import { checkRepository } from './rules/repository.ts'
import { enoughResources, limitsAboveRequests } from './rules/resources.ts'
import { retriesAreFew, retriesFit } from './rules/retries.ts'
import type { SpecRule } from './rules/rule.ts'
import { schedulesCome } from './rules/schedule.ts'
import {
  legalServiceImages,
  servicePortsUnique,
  servicesFit,
  servicesReady,
  servicesWithoutNul,
} from './rules/services.ts'
import { commandsFit, environmentFits, noNulCharacters, pipelineFits } from './rules/sizes.ts'
import { runTimeoutCoversSteps, timeoutsInRange } from './rules/timeouts.ts'
import { workGiven } from './rules/work.ts'
import { workspaceHasSize, workspaceKeepsOneNode } from './rules/workspace.ts'

/** What the plan of a run is expanded and filled in from. */
export const expansionRules: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  ...matrixRules,
  knownInputs,
  noInputsInPrograms,
  noInputsInShellArguments,
])

/** What refuses a pipeline, wherever it stands: in a config, in a run, in `.c8s.yaml`. */
export const pipelineRules: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  pipelineFits,
  checkRepository,
  globsCanMatch,
  uniqueStepNames,
  workGiven,
  gatesHaveNoPod,
  approvalsCanBeGiven,
  finalStepsWaitForNobody,
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
  legalServiceImages,
  workspaceHasSize,
  servicesReady,
  servicePortsUnique,
  servicesFit,
  servicesWithoutNul,
  limitsAboveRequests,
  enoughResources,
  timeoutsInRange,
  retriesFit,
  retriesAreFew,
  ...expansionRules,
  soundParams,
  paramsFit,
  filledStepsFit,
  schedulesCome,
  knownPlaceholders,
  readableExpressions,
  stepsReadHaveEnded,
  paramsReadExist,
  dimensionsReadExist,
  conditionGlobsCanMatch,
  conditionsCanHold,
  failuresCanHappen,
  expressionsAreQuick,
  filtersAreQuick,
])

/** What refuses a pipeline in a file of the repository. */
export const fileRules: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  ...pipelineRules,
  noSchedulesInFile,
  paramsHaveDefaults,
])

/** What is only said about a pipeline. */
export const pipelineWarnings: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  repeatedNeeds,
  replacedVariables,
  replacedInputs,
  runTimeoutCoversSteps,
  artifactsNotKept,
  workspaceKeepsOneNode,
  outcomesMeanSomething,
])

/** What is only said about a config. */
export const configWarnings: readonly SpecRule<PipelineSpec>[] = Object.freeze([
  ...pipelineWarnings,
  startedParamsHaveDefaults,
])

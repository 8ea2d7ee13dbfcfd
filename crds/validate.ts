import type { FieldError, Verdict } from '../src/lib/field-error.ts'
import { isSameJson } from '../src/lib/json-equal.ts'
import * as compiled from './compiled/checks.mjs'
import type { KindDefinition } from './definitions.ts'
import { checkEnvelope, checkSize } from './envelope.ts'
import { isRecord } from './inspect.ts'
import { applyRules, type Court, judgeObject } from './judge.ts'
import { dropNulls } from './nulls.ts'
import { configWarnings, fileRules, pipelineRules, pipelineWarnings } from './pipeline-config.rules.ts'
import { type PipelineSpec, pipelineConfig, pipelineSpec } from './pipeline-config.ts'
import { runRules, runWarnings } from './pipeline-run.rules.ts'
import { type PipelineRunSpec, type PipelineRunStatus, pipelineRun } from './pipeline-run.ts'
import {
  findUnplannedSteps,
  validateApprovalChange,
  validateSpecChange,
  validateStatusChange,
} from './pipeline-run.update.ts'
import { repairValue } from './repair.ts'
import { connectionRules, connectionWarnings } from './repository-connection.rules.ts'
import { type RepositoryConnectionSpec, repositoryConnection } from './repository-connection.ts'
import { type RepositoryFile, repositoryFile, toPipelineSpec } from './repository-file.ts'
import { type Schema, toNode } from './schema.ts'
import { createShapeCheck, type ShapeCheck } from './shape.ts'
import { validateStepApprovals } from './step-approvals.ts'

type Fields = Readonly<Record<string, unknown>>

/** Whether the schema takes an object, told without saying why it does not, however large it is. The status counts for nothing. */
type FitCheck = (object: unknown) => boolean

/** What webhook, CLI and page say about our objects. `old` is the object before an update. */
export interface Validators {
  validatePipelineConfig(object: unknown, old?: unknown): Verdict
  validatePipelineRun(object: unknown, old?: unknown): Verdict
  validateRepositoryConnection(object: unknown, old?: unknown): Verdict
  readonly fitsPipelineConfig: FitCheck
  readonly fitsPipelineRun: FitCheck
  /** The content of a `.c8s.yaml`. An unknown field is an error here: no API server stands behind to drop it. */
  validateRepositoryFile(object: unknown): Verdict
}

/** The validators; ajv compiled their schemas when the files were generated. */
export function createValidators(): Validators {
  const config = toJudge<PipelineSpec>('PipelineConfig', {
    ...toCourt(compiled.PipelineConfig, pipelineConfig),
    rules: { errors: pipelineRules, warnings: configWarnings },
  })
  const run = toJudge<PipelineRunSpec>('PipelineRun', {
    ...toCourt(compiled.PipelineRun, pipelineRun),
    rules: { errors: runRules, warnings: runWarnings },
    findChanges: findRunChanges,
  })
  const connection = toJudge<RepositoryConnectionSpec>('RepositoryConnection', {
    ...toCourt(compiled.RepositoryConnection, repositoryConnection),
    rules: { errors: connectionRules, warnings: connectionWarnings },
  })
  const checkFile = createShapeCheck(compiled.RepositoryFile, repositoryFile)
  return {
    validatePipelineConfig: config,
    validatePipelineRun: run,
    validateRepositoryConnection: connection,
    fitsPipelineConfig: toFitCheck(compiled.PipelineConfig, pipelineConfig),
    fitsPipelineRun: toFitCheck(compiled.PipelineRun, pipelineRun),
    validateRepositoryFile: (object) => checkSize(object) ?? judgeFile(object, checkFile),
  }
}

function toCourt(check: compiled.CompiledCheck, schema: Schema) {
  const node = toNode(schema)
  return { checkShape: createShapeCheck(check, schema), node, specNode: node.properties?.['spec'] ?? {} }
}

function toFitCheck(check: compiled.CompiledCheck, schema: Schema): FitCheck {
  const node = toNode(schema)
  return (object) => {
    if (!isRecord(object)) return false
    const { status: _dropped, ...sent } = object
    return check(dropNulls(sent, node))
  }
}

function toJudge<T>(kind: KindDefinition['kind'], court: Court<T>) {
  return (object: unknown, old?: unknown): Verdict =>
    checkEnvelope(object, kind) ?? judgeObject(isRecord(object) ? object : {}, old, court)
}

/** Takes nothing for granted: a status of any form may be sent, and the old object may be older than a field. */
function findRunChanges(object: Fields, old: Fields): FieldError[] {
  const statusNode = toNode(pipelineRun).properties?.['status'] ?? {}
  const read = (value: unknown) => repairValue(value, statusNode) as PipelineRunStatus
  const spec = isRecord(object['spec']) ? object['spec'] : {}
  const before = isRecord(old['spec']) ? old['spec'] : {}
  const status = read(object['status'])
  const oldStatus = read(old['status'])
  return [
    ...validateSpecChange(spec, before),
    ...validateApprovalChange(spec, { spec: before, status: oldStatus }),
    ...findWordChanges({ spec, before, status: oldStatus }),
    ...validateStatusChange(status, oldStatus),
    ...findUnplannedSteps(status, spec['plan']),
  ]
}

interface WordChange {
  readonly spec: Fields
  readonly before: Fields
  readonly status: PipelineRunStatus
}

/** Most updates say nothing to a step that waits for it. */
function findWordChanges({ spec, before, status }: WordChange): FieldError[] {
  if (isSameJson(spec['approvals'], before['approvals'])) return []
  const specNode = toNode(pipelineRun).properties?.['spec'] ?? {}
  const read = (value: unknown) => repairValue(value, specNode) as Partial<PipelineRunSpec>
  return validateStepApprovals(read({ approvals: spec['approvals'] }), { spec: read(before), status })
}

/** Stands in for the repository that the file lies in; it passes every rule and is in no message. */
const impliedRepository = 'https://repository.invalid'

function judgeFile(given: unknown, checkShape: ShapeCheck): Verdict {
  const object = dropNulls(given, toNode(repositoryFile))
  const shape = checkShape(object)
  const errors = [...shape.errors, ...shape.unknown]
  const spec = toPipelineSpec(object as RepositoryFile, impliedRepository)
  const rules = { errors: fileRules, warnings: [...pipelineWarnings] }
  const ruled = applyRules<PipelineSpec>({ spec, at: '', errors }, { rules, specNode: toNode(pipelineSpec) })
  return { errors: [...errors, ...ruled.errors], warnings: ruled.warnings }
}

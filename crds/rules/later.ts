import { joinPath } from '../../src/lib/field-error.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { forEachStep, type SpecRule } from './rule.ts'

/** Fields that are in the schema, but whose behaviour comes with a later version: said, never silently ignored. */
export const artifactsNotKept = forEachStep(({ step: { artifacts = [] }, at }) =>
  artifacts.length === 0
    ? []
    : [
        {
          path: `${at}.artifacts`,
          code: 'Unsupported',
          message: 'this version of c8s keeps no artifacts yet: the files are lost with the pod',
        },
      ],
)

/** A file is read only when a commit comes in; nobody looks at it at other times. */
export const noSchedulesInFile: SpecRule<PipelineSpec> = ({ triggers }, at) =>
  triggers?.schedules === undefined
    ? []
    : [
        {
          path: joinPath(at, 'triggers.schedules'),
          code: 'Unsupported',
          message: 'a file in the repository starts nothing by the clock',
          hint: 'put a PipelineConfig with these schedules into the cluster',
        },
      ]

/** A run is one run already, whatever its pipeline says of others. */
export const triggersStartNothing: SpecRule<PipelineSpec> = ({ triggers }, at) =>
  triggers === undefined
    ? []
    : [
        {
          path: joinPath(at, 'triggers'),
          code: 'Unsupported',
          message: 'has no meaning in a run: what stands here starts nothing',
          hint: 'put it into a PipelineConfig or the .c8s.yaml of the repository',
        },
      ]

/** What a person made with its pipeline in it nobody deletes. */
export const historyKeepsNothing: SpecRule<PipelineSpec> = ({ history }, at) =>
  history === undefined
    ? []
    : [
        {
          path: joinPath(at, 'history'),
          code: 'Unsupported',
          message: 'has no meaning in a run that somebody makes: it stays until somebody deletes it',
          hint: 'put it into a PipelineConfig or the .c8s.yaml of the repository',
        },
      ]

import { forEachStep } from './rule.ts'

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

import { condition, observedGeneration, timestamp } from './parts/condition.ts'
import { durationField } from './parts/duration.ts'
import { matrix } from './parts/matrix.ts'
import { maxParams, param } from './parts/params.ts'
import { history, queueFields, workspace } from './parts/placement.ts'
import { maxSteps, step } from './parts/step.ts'
import { concurrency, triggers } from './parts/triggers.ts'
import { globPattern, repositoryPattern } from './patterns.ts'
import { boolean, type Infer, integer, list, listMap, number, object, optional, text } from './schema.ts'

const clone = object('How the repository is cloned.', {
  depth: optional(
    integer('Number of commits of history. 1 when left out, 0 for all.', { minimum: 0, maximum: 1_000_000 }),
  ),
  submodules: optional(
    boolean(
      'Whether submodules are cloned too (false when left out). They are cloned with the same credential, from the same host only.',
    ),
  ),
})

export const repositoryField = (description: string) =>
  text(description, { pattern: repositoryPattern, maxLength: 2048 })

/** What a pipeline is; the same in a PipelineConfig, inline in a run, and in `.c8s.yaml`, where the repository is implied. */
export const pipelineFields = {
  repository: repositoryField('URL of the Git repository (http, https, git or ssh), without credentials.'),
  branches: optional(
    list(
      'Globs of the branches whose commits may run with secrets, and whose pushes start runs. All branches when left out.',
      text('A glob; * stays within one path part, ** does not.', { pattern: globPattern, maxLength: 255 }),
      { maxItems: 100 },
    ),
  ),
  steps: listMap('The steps. Those whose needs are met run side by side.', step, {
    key: 'name',
    minItems: 1,
    maxItems: maxSteps,
  }),
  finally: optional(
    listMap('Steps that run after all others have ended, however they ended.', step, { key: 'name', maxItems: 20 }),
  ),
  timeout: optional(
    durationField('Longest time the whole run may take, not counting the time it was queued. 1h when left out.'),
  ),
  clone: optional(clone),
  triggers: optional(triggers),
  concurrency: optional(concurrency),
  matrix: optional(
    matrix('Runs every step once for each combination of values; the legs of one combination depend on each other.'),
  ),
  params: optional(listMap('Values that a run may give.', param, { key: 'name', maxItems: maxParams })),
  workspace: optional(workspace),
  history: optional(history),
  ...queueFields,
} as const

export const pipelineSpec = object('A pipeline.', pipelineFields)
export type PipelineSpec = Infer<typeof pipelineSpec>

const request = object('The last c8s.dev/run-requested annotation that was served.', {
  token: text('Its value.', { maxLength: 1024 }),
  run: optional(text('The run it started.', { maxLength: 253 })),
  message: optional(text('Why it started none.', { maxLength: 1024 })),
})

/** More than anybody puts back, and less than status can hold. */
export const maxServedTokens = 100

const servedToken = text('The first 16 digits of the SHA-256 of one.', { pattern: '^[0-9a-f]{16}$', maxLength: 16 })

const seconds = (description: string) => integer(description, { minimum: 0, maximum: 1_000_000_000 })

const usualSeconds = object('How long the last successful runs took, in seconds, to two digits.', {
  p50: seconds('Half of them took no longer.'),
  p90: seconds('Nine of ten took no longer.'),
})

const status = object('What the controller saw of the config. Only the controller writes it.', {
  observedGeneration: optional(observedGeneration),
  lastRun: optional(timestamp('When the newest run of this config was created.')),
  totalRuns: optional(integer('How many runs of this config exist.', { minimum: 0, maximum: 1_000_000_000 })),
  successRate: optional(number('Share of the ended runs that succeeded, 0 to 1.', { minimum: 0, maximum: 1 })),
  usualSeconds: optional(usualSeconds),
  lastRequest: optional(request),
  servedTokens: optional(
    list('Values of c8s.dev/run-requested that came to a run, the newest last: none of them does again.', servedToken, {
      maxItems: maxServedTokens,
    }),
  ),
  lastScheduled: optional(timestamp('Up to when the schedules have been served.')),
  conditions: optional(
    listMap('Ready, Reconciling and Stalled, as kstatus defines them.', condition, { key: 'type', maxItems: 16 }),
  ),
})

export const pipelineConfig = object('The definition of a pipeline.', {
  spec: pipelineSpec,
  status: optional(status),
})
export type PipelineConfigStatus = Infer<typeof status>

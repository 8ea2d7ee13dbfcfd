import { envNamePattern, imagePattern, labelPattern, namePattern, secretKeyPattern } from '../patterns.ts'
import { boolean, type CelRule, type Infer, integer, list, listMap, object, optional, text } from '../schema.ts'
import { conditional } from './conditional.ts'
import { durationField } from './duration.ts'
import { approvalGate, pipelineCall } from './gates.ts'
import { leg, matrix } from './matrix.ts'
import { placementFields } from './placement.ts'
import { resources } from './resources.ts'
import { retries } from './retries.ts'
import { service } from './services.ts'

/** Limits that keep CEL's cost estimate and the object's size in bounds. */
export const maxSteps = 1000
const maxCommands = 200

const secretUse = object(
  'One key of a Secret of the same namespace, given to the step as a variable, a file, or both.',
  {
    secretRef: text('Name of the Secret.', { pattern: namePattern, maxLength: 253 }),
    key: text('Key within the Secret.', { pattern: secretKeyPattern, maxLength: 253 }),
    envVar: optional(
      text('Environment variable that holds the value. The key itself when neither envVar nor file is given.', {
        pattern: envNamePattern,
        maxLength: 128,
      }),
    ),
    file: optional(
      text('Name of a file under /c8s/secrets that holds the value.', { pattern: secretKeyPattern, maxLength: 128 }),
    ),
  },
)

const environmentVariable = object('One environment variable.', {
  name: text('Name of the variable.', { pattern: envNamePattern, maxLength: 128 }),
  value: text('Value, taken as it is. Only $(params.name) and $(matrix.name) are filled in.', { maxLength: 32768 }),
})

/** The fields of a step as a user writes it. */
const stepFields = {
  name: text('Name of the step, unique within the pipeline.', { pattern: labelPattern, maxLength: 63 }),
  image: optional(
    text('Container image the step runs in. It needs no shell. $(params.name) and $(matrix.name) are filled in.', {
      pattern: imagePattern,
      maxLength: 512,
    }),
  ),
  commands: optional(
    list(
      'Commands, run one after another in one shell, up to the first that fails. Each is echoed. Params and matrix values are variables in them: "$PARAM_NAME", "$MATRIX_NAME".',
      text('One command, or several lines of shell.', { minLength: 1, maxLength: 32768 }),
      { minItems: 1, maxItems: maxCommands },
    ),
  ),
  dependsOn: optional(
    list(
      'Names of the steps that must have ended before this one starts.',
      text('Name of a step.', { pattern: labelPattern, maxLength: 63 }),
      { maxItems: maxSteps },
    ),
  ),
  resources: optional(resources),
  timeout: optional(durationField('Longest time the step may run, such as 90s or 1h30m. 30m when left out.')),
  env: optional(listMap('Environment variables of the step.', environmentVariable, { key: 'name', maxItems: 200 })),
  secrets: optional(list('Keys of Secrets given to the step, masked in its log.', secretUse, { maxItems: 100 })),
  conditional: optional(conditional),
  matrix: optional(
    matrix('Runs the step once for each combination of values, side by side. What depends on it waits for all.'),
  ),
  retries: optional(retries),
  services: optional(
    listMap('Containers that run beside the step and are ready before it starts.', service, {
      key: 'name',
      maxItems: 10,
    }),
  ),
  approval: optional(approvalGate),
  pipeline: optional(pipelineCall),
  artifacts: optional(
    list(
      'Globs of files to keep after the step. Not kept yet by this version: a warning says so.',
      text('A glob below the workspace.', { minLength: 1, maxLength: 1024 }),
      { maxItems: 100 },
    ),
  ),
  clone: optional(
    boolean('Whether the repository is cloned into /workspace before the step starts (true when left out).'),
  ),
  ...placementFields,
  runAsUser: optional(
    integer(
      'User id of the step. The user of the image when left out; 65532 in a namespace that enforces the restricted Pod Security level.',
      { minimum: 0, maximum: 2147483647 },
    ),
  ),
} as const

const hasWork: readonly CelRule[] = [
  {
    rule: '(has(self.image) && has(self.commands)) || has(self.approval) || has(self.pipeline)',
    message: 'image and commands must be given, unless the step is an approval or the call of a pipeline',
  },
]

export const step = object('One step: a container that runs commands.', stepFields, { validations: hasWork })
export type Step = Infer<typeof step>
export type SecretUse = Infer<typeof secretUse>

/** A step of a frozen plan: with the legs that its matrix, and that of the pipeline, make of it. */
export const planStep = object('One step, defaults filled in.', {
  ...stepFields,
  legs: optional(listMap('What the matrix makes of it. Written by c8s.', leg, { key: 'name', maxItems: 256 })),
})
export type PlanStep = Infer<typeof planStep>

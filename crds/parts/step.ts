import {
  durationPattern,
  envNamePattern,
  globPattern,
  imagePattern,
  labelPattern,
  namePattern,
  quantityPattern,
  secretKeyPattern,
} from '../patterns.ts'
import { boolean, type Infer, integer, list, listMap, object, optional, text } from '../schema.ts'

/** Limits that keep CEL's cost estimate and the object's size in bounds. */
export const maxSteps = 1000
const maxCommands = 200

const quantity = (description: string) => text(description, { pattern: quantityPattern, maxLength: 32 })

export const durationField = (description: string) =>
  text(description, { pattern: durationPattern, minLength: 2, maxLength: 32 })

const resources = object(
  'What the step asks of the node. Each value is request and limit at once, unless a limit of its own is given.',
  {
    cpu: optional(quantity('CPU request, and limit unless cpuLimit is given. 500m when left out.')),
    memory: optional(quantity('Memory request, and limit unless memoryLimit is given. 1Gi when left out.')),
    cpuLimit: optional(quantity('CPU limit, at least cpu.')),
    memoryLimit: optional(quantity('Memory limit, at least memory.')),
  },
)

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

const conditional = object('When the step runs. A step whose condition is not met is Skipped and counts as done.', {
  branch: optional(text('Glob that the branch of the run must match.', { pattern: globPattern, maxLength: 255 })),
  onSuccess: optional(
    boolean(
      'Run only if the steps it depends on succeeded (true when left out). With false it runs once they have ended, however.',
    ),
  ),
})

const environmentVariable = object('One environment variable.', {
  name: text('Name of the variable.', { pattern: envNamePattern, maxLength: 128 }),
  value: text('Value, taken as it is: nothing is expanded in it.', { maxLength: 32768 }),
})

/** The fields of a step as a user writes it. */
const stepFields = {
  name: text('Name of the step, unique within the pipeline.', { pattern: labelPattern, maxLength: 63 }),
  image: text('Container image the step runs in. It needs no shell.', { pattern: imagePattern, maxLength: 512 }),
  commands: list(
    'Commands, run one after another in one shell, up to the first that fails. Each is echoed.',
    text('One command, or several lines of shell.', { minLength: 1, maxLength: 32768 }),
    { minItems: 1, maxItems: maxCommands },
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
  runAsUser: optional(
    integer(
      'User id of the step. The user of the image when left out; 65532 in a namespace that enforces the restricted Pod Security level.',
      { minimum: 0, maximum: 2147483647 },
    ),
  ),
} as const

export const step = object('One step: a container that runs commands.', stepFields)
export type Step = Infer<typeof step>
export type SecretUse = Infer<typeof secretUse>
export type StepResources = Infer<typeof resources>

import { envNamePattern, imagePattern, labelPattern } from '../patterns.ts'
import { type Infer, integer, list, listMap, object, optional, text } from '../schema.ts'
import { durationField } from './duration.ts'
import { quantity } from './resources.ts'

const environmentVariable = object('One environment variable.', {
  name: text('Name of the variable.', { pattern: envNamePattern, maxLength: 128 }),
  value: text('Value, taken as it is. $(params.name) and $(matrix.name) are filled in.', { maxLength: 32768 }),
})

const argument = text('One word.', { maxLength: 32768 })

const ready = object(
  'When the service is ready: its port takes connections, or a command in it exits with 0. Started is ready when left out.',
  {
    port: optional(
      integer('TCP port. The service must listen on it on all addresses.', { minimum: 1, maximum: 65535 }),
    ),
    command: optional(list('Command and arguments.', argument, { minItems: 1, maxItems: 50 })),
    timeout: optional(durationField('How long it may take. 2m when left out; then the step fails.')),
  },
)

const resources = object(
  'What the service asks of the node. Each value is request and limit at once, unless a limit of its own is given.',
  {
    cpu: optional(quantity('CPU request, and limit unless cpuLimit is given. 100m, with a limit of 1, when left out.')),
    memory: optional(
      quantity('Memory request, and limit unless memoryLimit is given. 256Mi, with a limit of 512Mi, when left out.'),
    ),
    cpuLimit: optional(quantity('CPU limit, at least cpu.')),
    memoryLimit: optional(quantity('Memory limit, at least memory.')),
  },
)

/** A container that runs beside a step and is reached at localhost. */
export const service = object('A service beside the step, such as a database. It ends with the step.', {
  name: text('Its name, unique within the step.', { pattern: labelPattern, maxLength: 50 }),
  image: text('Container image.', { pattern: imagePattern, maxLength: 512 }),
  command: optional(list('Program in place of that of the image.', argument, { minItems: 1, maxItems: 50 })),
  args: optional(list('Arguments of the program.', argument, { maxItems: 200 })),
  env: optional(listMap('Its environment variables.', environmentVariable, { key: 'name', maxItems: 100 })),
  resources: optional(resources),
  ready: optional(ready),
  runAsUser: optional(integer('User id. That of the image when left out.', { minimum: 0, maximum: 2147483647 })),
})
export type Service = Infer<typeof service>

import { type Infer, integer, list, object, optional } from '../schema.ts'
import { durationField } from './duration.ts'

export const retries = object(
  'How often the step is tried again when its commands fail. A pod lost to the cluster is replaced without spending one.',
  {
    limit: integer('How often at most.', { minimum: 0, maximum: 10 }),
    backoff: optional(durationField('Wait before the first, doubled each time. 10s when left out.')),
    maxBackoff: optional(durationField('Longest wait. 5m when left out.')),
    exitCodes: optional(
      list(
        'Only these exit codes are tried again; 124 is a timeout. All but a timeout when left out.',
        integer('An exit code.', { minimum: 1, maximum: 255 }),
        {
          minItems: 1,
          maxItems: 50,
        },
      ),
    ),
  },
)
export type Retries = Infer<typeof retries>

import { globPattern } from '../patterns.ts'
import { boolean, choice, type Infer, list, object, optional, text } from '../schema.ts'
import { eventTypes } from './event.ts'

/** Events of a condition; manual is a run that no event asked for. */
const conditionEvents = [...eventTypes, 'manual'] as const

const glob = (description: string) => text(description, { pattern: globPattern, maxLength: 255 })
const pathGlobs = (description: string) =>
  optional(list(description, glob('A glob; * stays within one path part, ** does not.'), { maxItems: 100 }))

export const conditional = object(
  'When the step runs: all that is given must hold. A step whose condition does not hold is Skipped and counts as done.',
  {
    branch: optional(glob('Glob that the branch of the run must match.')),
    tag: optional(glob('Glob that the tag of the run must match.')),
    events: optional(
      list('Events, one of which must have asked for the run.', choice('An event.', conditionEvents), {
        minItems: 1,
        maxItems: 6,
      }),
    ),
    paths: pathGlobs('Globs of files, one of which must have changed. Holds where the changed files are not known.'),
    ignorePaths: pathGlobs('Globs of files whose change alone does not count.'),
    when: optional(
      text(
        'A CEL expression that must be true, such as branch == "main" && params.deploy == "true". It knows branch, tag, event, commit, pullRequest, params, matrix, changedFiles and steps.',
        { minLength: 1, maxLength: 2048 },
      ),
    ),
    outcome: optional(
      choice(
        'Success: what the step depends on succeeded (for a finally step: the run so far). Failure: something of it failed. Always: it ended, however. Success when left out, for finally steps Always.',
        ['Success', 'Failure', 'Always'],
      ),
    ),
    onSuccess: optional(boolean('true is outcome Success, false is outcome Always.')),
  },
)
export type Conditional = Infer<typeof conditional>

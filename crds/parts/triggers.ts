import { globPattern, refPattern } from '../patterns.ts'
import { boolean, type Infer, list, object, optional, text } from '../schema.ts'

const globs = (description: string) =>
  optional(
    list(
      description,
      text('A glob; * stays within one path part, ** does not.', { pattern: globPattern, maxLength: 255 }),
      {
        maxItems: 100,
      },
    ),
  )

const paths = {
  paths: globs('Globs of files, one of which must have changed. Any file when left out.'),
  ignorePaths: globs('Globs of files whose change alone starts no run.'),
}

const push = object('Pushes to branches. What is left out does not filter.', {
  branches: globs('Globs of the branches. Those of the pipeline when left out.'),
  ...paths,
  cancelWhenDeleted: optional(
    boolean('Whether the deletion of a branch stops the runs of its commits (false when left out).'),
  ),
})

const tag = object('Pushes of tags.', { tags: globs('Globs of the tags. All when left out.') })

const pullRequest = object('Pull requests opened or updated. What is left out does not filter.', {
  branches: globs('Globs of the branches they are to be merged into.'),
  ...paths,
})

const schedule = object('A moment that comes again and again.', {
  cron: text('Five fields as in crontab (minute, hour, day, month, weekday), or @hourly, @daily, @weekly, @monthly.', {
    minLength: 5,
    maxLength: 128,
  }),
  timeZone: optional(text('Time zone such as Europe/Berlin. UTC when left out.', { minLength: 1, maxLength: 64 })),
  branch: optional(
    text('Branch whose newest commit is run. The default branch when left out.', {
      pattern: refPattern,
      maxLength: 255,
    }),
  ),
})

/** What starts a pipeline by itself. `on` would be a boolean in YAML 1.1, which kubectl reads. */
export const triggers = object(
  'What starts the pipeline by itself. When left out: pushes to its branches, and pull requests.',
  {
    push: optional(push),
    tag: optional(tag),
    pullRequest: optional(pullRequest),
    schedules: optional(
      list('Moments at which it runs, for a PipelineConfig in the cluster.', schedule, { maxItems: 20 }),
    ),
    ignoreSkipMarks: optional(
      boolean('Whether [skip ci] in the message of a commit is ignored (false when left out).'),
    ),
  },
)
export type Triggers = Infer<typeof triggers>

export const concurrency = object('Runs that should not go on side by side.', {
  group: optional(
    text(
      'Name of the group. {pipeline}, {branch} (or tag or pull request) and {event} are filled in. {pipeline}-{branch} when left out.',
      { minLength: 1, maxLength: 255 },
    ),
  ),
  cancelInProgress: optional(boolean('Whether a new run of the group cancels those before it (false when left out).')),
})

import type { PipelineRun } from '../../crds/kinds.ts'
import type { RunEvent } from '../../crds/parts/event.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { makeRun } from './arbitrary-run.ts'

export interface GroupRunFacts {
  readonly name: string
  /** Seconds. */
  readonly createdAt?: number
  readonly commit?: string
  readonly event?: Partial<RunEvent>
  readonly plan?: Partial<Plan>
}

/** A push's run, in a group whose newest run cancels the others. */
export function makeGroupRun({ name, createdAt = 0, commit = name, event, plan = {} }: GroupRunFacts): PipelineRun {
  const run = makeRun({
    repository: 'https://git.example/r',
    steps: [{ name: 'a', image: 'i', commands: ['c'] }],
    timeoutSeconds: 60,
    clone: { depth: 1, submodules: false },
    concurrency: { group: 'ci-main', cancelInProgress: true },
    ...plan,
  })
  const creationTimestamp = new Date(createdAt * 1000).toISOString().replace('.000Z', 'Z')
  const receivedAt = new Date(createdAt * 1000).toISOString()
  const push: RunEvent = { type: 'push', connection: 'app', pipeline: 'ci', receivedAt, ...event }
  return {
    ...run,
    metadata: { ...run.metadata, name, uid: `uid-${name}`, creationTimestamp },
    spec: { ...run.spec, commit, ...(event === undefined ? {} : { event: push }) },
  }
}

import type { Candidate } from '../../engine/trigger/candidate.ts'
import { describePullRequest, describePush, findCauseProblem, type RunCause } from '../../engine/trigger/cause.ts'
import type { Finding } from '../../engine/trigger/finding.ts'
import { planRuns } from '../../engine/trigger/render-run.ts'
import { type Selection, type StartingEvent, selectPipelines } from '../../engine/trigger/select.ts'
import { ForgeError } from '../forge.ts'
import { createRuns } from './create-runs.ts'
import { toFailure } from './failure.ts'
import { findCandidates, isFinding } from './find-candidates.ts'
import { listChanges, toRange } from './list-changes.ts'
import { completePullRequest } from './read-pull-request.ts'
import { stopOutdatedRuns } from './stop-runs.ts'
import type { Told, Work } from './work.ts'

/** A push, or a pull request that is open: the runs of the pipelines that it starts. */
export async function startRuns(work: Work, told: StartingEvent): Promise<Told> {
  const event =
    told.kind === 'push' ? told : { ...told, pullRequest: await completePullRequest(work, told.pullRequest) }
  const cause = event.kind === 'push' ? describePush(event) : describePullRequest(event.pullRequest, event)
  const { commit, pullRequest } = cause
  const problem = findCauseProblem(cause)
  if (problem !== undefined) return { findings: [problem] }
  const found = await startFound(work, event, cause)
  // Whatever the new commit holds: what waits for the approval of an earlier one is not to get it any more.
  const outdated = pullRequest === undefined ? [] : await stopOutdatedRuns(work, pullRequest)
  return { findings: [...found, ...outdated], commit }
}

async function startFound(work: Work, event: StartingEvent, cause: RunCause): Promise<readonly Finding[]> {
  const found = await readCandidates(work, cause)
  if (isFinding(found)) return [found]
  const { started, skipped, changes } = await select(work, event, found)
  const creations = await createRuns(work.client, planRuns(started, { ...cause, changedFiles: changes }, work.origin))
  return [...creations.map(({ finding }) => finding), ...skipped]
}

async function readCandidates(work: Work, { commit, pullRequest }: RunCause): Promise<readonly Candidate[] | Finding> {
  try {
    return await findCandidates(work, commit, pullRequest)
  } catch (error) {
    // Too many files, or too large ones: it is the commit that is wrong, and it stays so.
    if (error instanceof ForgeError && ['refused', 'notFound'].includes(error.kind)) return toFailure(error)
    throw error
  }
}

type KnownSelection = Selection & { readonly changes: readonly string[] | undefined }

/** Asks what changed only where a filter or a step's condition needs to know. */
async function select(work: Work, event: StartingEvent, candidates: readonly Candidate[]): Promise<KnownSelection> {
  const told = event.kind === 'push' ? event.changes : undefined
  const selection = selectPipelines(event, candidates, told)
  if (!selection.needsChanges) return { ...selection, changes: told }
  const changes = await listChanges(work, toRange(event))
  return { ...(changes === undefined ? selection : selectPipelines(event, candidates, changes)), changes }
}

import type { PipelineSpec } from '../../../crds/pipeline-config.ts'
import { quoteValue } from '../../lib/field-error.ts'
import type { PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import { isAnyGlobMatch } from '../../lib/glob.ts'
import { type Candidate, isBroken } from './candidate.ts'
import { asksForChanges } from './changed-files.ts'
import type { Finding } from './finding.ts'
import { hasPathFilter, type PathFilter, passesPathFilter } from './path-filter.ts'
import { findSkipMark } from './skip-marks.ts'

/** An event that starts runs by itself. */
export type StartingEvent = PushEvent | PullRequestEvent

export interface Selection {
  readonly started: readonly Candidate[]
  /** Why each of the others does not start. */
  readonly skipped: readonly Finding[]
  /** Whether knowing the changed files could start fewer pipelines, or fewer steps of them. */
  readonly needsChanges: boolean
}

/** Why a pipeline does not start; the message follows its name. */
type Skip = Pick<Finding, 'reason' | 'message'>

type Judgement = Skip | { readonly filter: PathFilter }

const none: PathFilter = {}

interface PushTrigger extends PathFilter {
  readonly branches?: readonly string[]
}

/**
 * Which pipelines an event starts. `changes` are the files that it changed; undefined where nobody can tell, and then
 * filters of paths let everything pass.
 */
export function selectPipelines(
  event: StartingEvent,
  candidates: readonly Candidate[],
  changes?: readonly string[],
): Selection {
  const judged = candidates.map((candidate) => ({ candidate, judgement: judge(event, candidate, changes) }))
  const filters = judged.flatMap(({ judgement }) => ('filter' in judgement ? [judgement.filter] : []))
  const started = judged.flatMap(({ candidate, judgement }) => ('filter' in judgement ? [candidate] : []))
  return {
    started,
    skipped: judged.flatMap(({ candidate, judgement }) =>
      'filter' in judgement
        ? []
        : [{ ...judgement, verdict: 'Ignored', message: `${candidate.name} ${judgement.message}` }],
    ),
    needsChanges: changes === undefined && (filters.some(hasPathFilter) || started.some(asksForChanges)),
  }
}

function judge(event: StartingEvent, candidate: Candidate, changes: readonly string[] | undefined): Judgement {
  // What a broken pipeline wants to be started by is unknown: it is shown where most pipelines would start.
  const spec = isBroken(candidate) ? {} : candidate.spec
  if (isBroken(candidate) && event.kind === 'push' && event.ref.kind === 'tag')
    return skip('ConfigInvalid', 'is not valid, and whether a tag starts it is unknown')
  const judgement = judgeTrigger(event, spec)
  if (!('filter' in judgement)) return judgement
  return passesPathFilter(judgement.filter, changes)
    ? judgement
    : skip('PathsNotChanged', 'is not meant for the files that changed')
}

type TriggerFields = Pick<PipelineSpec, 'branches' | 'triggers'>

function judgeTrigger(event: StartingEvent, spec: TriggerFields): Judgement {
  if (event.kind === 'pullRequest') return judgePullRequest(event.pullRequest, spec)
  const judgement = event.ref.kind === 'tag' ? judgeTag(event.ref.name, spec) : judgePush(event.ref.name, spec)
  const mark = spec.triggers?.ignoreSkipMarks === true ? undefined : findSkipMark(event.message)
  if (mark === undefined || !('filter' in judgement)) return judgement
  return skip('SkipMark', `is skipped: the commit message says ${mark}`)
}

function judgePush(branch: string, { branches, triggers }: TriggerFields): Judgement {
  const push: PushTrigger | undefined = triggers === undefined ? none : triggers.push
  if (push === undefined) return skip('NoTrigger', 'is not started by pushes to branches')
  if (matches(push.branches ?? branches, branch)) return { filter: push }
  return skip('BranchNotNamed', `is not started by pushes to ${quoteValue(branch)}`)
}

function judgeTag(tag: string, { triggers }: TriggerFields): Judgement {
  if (triggers?.tag === undefined) return skip('NoTrigger', 'is not started by tags')
  if (matches(triggers.tag.tags, tag)) return { filter: none }
  return skip('TagNotNamed', `is not started by the tag ${quoteValue(tag)}`)
}

function judgePullRequest(pullRequest: PullRequest, { branches, triggers }: TriggerFields): Judgement {
  const { branch, targetBranch, isFork } = pullRequest
  if (triggers === undefined) {
    if (isFork || !matches(branches, branch)) return { filter: none }
    return skip('StartedByPush', `is started by the push to ${quoteValue(branch)} already`)
  }
  if (triggers.pullRequest === undefined) return skip('NoTrigger', 'is not started by pull requests')
  if (matches(triggers.pullRequest.branches, targetBranch)) return { filter: triggers.pullRequest }
  return skip('BranchNotNamed', `is not started by pull requests into ${quoteValue(targetBranch)}`)
}

/** Whether pull requests into that branch are among what starts the pipeline, changed files aside. */
export function isForPullRequest(candidate: Candidate, targetBranch: string): boolean {
  if (isBroken(candidate) || candidate.spec.triggers === undefined) return true
  const { pullRequest } = candidate.spec.triggers
  return pullRequest !== undefined && matches(pullRequest.branches, targetBranch)
}

function matches(globs: readonly string[] | undefined, name: string): boolean {
  return globs === undefined || isAnyGlobMatch(globs, name)
}

function skip(reason: string, message: string): Skip {
  return { reason, message }
}

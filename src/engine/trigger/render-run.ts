import type { PipelineRun } from '../../../crds/kinds.ts'
import { apiVersion } from '../../../crds/labels.ts'
import { nameEventRun } from '../../../crds/names.ts'
import type { Rejection, RunEvent } from '../../../crds/parts/event.ts'
import { commitPattern } from '../../../crds/patterns.ts'
import type { PipelineRunSpec } from '../../../crds/pipeline-run.ts'
import type { Instant } from '../../lib/clock.ts'
import type { Provider, PullRequest } from '../../lib/forge-event.ts'
import { parseRepository } from '../../lib/repository.ts'
import { type Candidate, isBroken } from './candidate.ts'
import { isLegalRef, type RunCause } from './cause.ts'
import { fitChanges } from './changed-files.ts'
import { toFirstLine, toPlainText, toPlainUrl } from './plain-text.ts'

/** For whom runs are made. */
export interface RunOrigin {
  readonly namespace: string
  /** RepositoryConnection that the event came in by. */
  readonly connection?: string
  readonly provider?: Provider
  /** When c8s learnt of the event. */
  readonly now: Instant
}

/** A run that is to be created, with the pipeline that it is of. */
export interface PlannedRun {
  readonly candidate: Candidate
  readonly cause: RunCause
  readonly origin: RunOrigin
  readonly run: EventRun
}

export type EventRun = PipelineRun & { readonly spec: { readonly event: RunEvent } }

/** Lengths of crds/parts/event.ts. */
const maxName = 255
const maxTitle = 512
const maxUrl = 2048

/** One run for each pipeline. `findCauseProblem` must have found nothing. Labels are stamped at admission. */
export function planRuns(candidates: readonly Candidate[], cause: RunCause, origin: RunOrigin): readonly PlannedRun[] {
  return candidates.map((candidate) => ({ candidate, cause, origin, run: renderRun(candidate, cause, origin) }))
}

/**
 * The run that tells why the API server refuses the planned one. It has a name of its own, so that what can run later is
 * not taken for done.
 */
export function rejectRun({ candidate, cause, origin }: PlannedRun, rejection: Rejection): EventRun {
  const { name, file } = candidate
  return renderRun({ name, ...(file === undefined ? {} : { file }), rejection }, cause, origin)
}

function renderRun(candidate: Candidate, cause: RunCause, origin: RunOrigin): EventRun {
  const { branch, tag, commit } = cause
  const triggeredBy = nameSender(cause, origin)
  return {
    apiVersion,
    kind: 'PipelineRun',
    metadata: { name: nameRun(candidate, cause, origin), namespace: origin.namespace },
    spec: {
      ...renderPipeline(candidate),
      commit,
      ...(branch === undefined ? {} : { branch }),
      ...(tag === undefined ? {} : { tag }),
      ...(triggeredBy === undefined ? {} : { triggeredBy }),
      event: renderEvent(candidate, cause, origin),
    },
  }
}

function renderPipeline(
  candidate: Candidate,
): Pick<PipelineRunSpec, 'rejected' | 'pipelineConfigRef' | 'pipelineSpec'> {
  if (isBroken(candidate)) return { rejected: candidate.rejection }
  return candidate.file === undefined ? { pipelineConfigRef: candidate.name } : { pipelineSpec: candidate.spec }
}

function nameRun(candidate: Candidate, cause: RunCause, { connection }: RunOrigin): string {
  const { type, commit, branch = '', tag, pullRequest, occasion } = cause
  return nameEventRun({
    ...(connection === undefined ? {} : { connection }),
    pipeline: candidate.name,
    type,
    ref: pullRequest === undefined ? (tag ?? branch) : String(pullRequest.number),
    commit,
    ...(occasion === undefined ? {} : { occasion }),
    isRejected: isBroken(candidate),
  })
}

/** `github:octocat`; undefined for what c8s found by itself. */
export function nameSender({ sender }: Pick<RunCause, 'sender'>, { provider }: Pick<RunOrigin, 'provider'>) {
  const name = toPlainText(sender ?? '', maxName)
  return name === '' || provider === undefined ? undefined : `${provider}:${name}`
}

function renderEvent(candidate: Candidate, cause: RunCause, { connection, now }: RunOrigin): RunEvent {
  const { name, file } = candidate
  const { type, isPrivate, pullRequest, before } = cause
  const changedFiles = isBroken(candidate) ? undefined : fitChanges(cause.changedFiles, candidate.spec)
  return {
    type,
    ...(connection === undefined ? {} : { connection }),
    pipeline: name,
    ...(file === undefined ? {} : { file }),
    ...renderText('delivery', cause.delivery, maxName),
    ...renderText('sender', cause.sender, maxName),
    ...renderText('command', cause.command, maxName),
    receivedAt: new Date(now).toISOString(),
    ...renderText('title', toFirstLine(cause.title ?? '', maxTitle), maxTitle),
    ...renderUrl('url', cause.url),
    ...(before !== undefined && isCommit(before) ? { before } : {}),
    ...(isPrivate === undefined ? {} : { private: isPrivate }),
    ...(changedFiles === undefined ? {} : { changedFiles }),
    ...(pullRequest === undefined ? {} : { pullRequest: renderPullRequest(pullRequest) }),
  }
}

function renderPullRequest(pullRequest: PullRequest): NonNullable<RunEvent['pullRequest']> {
  const { number, isFork, branch, targetBranch, ref, headRepository } = pullRequest
  return {
    number,
    fork: isFork,
    ...renderText('author', pullRequest.author, maxName),
    branch,
    targetBranch,
    ...(ref !== undefined && isLegalRef(ref) ? { ref } : {}),
    ...(headRepository !== undefined && isRepository(headRepository) ? { headRepository } : {}),
  }
}

function renderText<K extends string>(
  field: K,
  text: string | undefined,
  most: number,
): { readonly [key in K]?: string } {
  const plain = toPlainText(text ?? '', most)
  return plain === '' ? {} : ({ [field]: plain } as { readonly [key in K]: string })
}

function renderUrl<K extends string>(field: K, url: string | undefined): { readonly [key in K]?: string } {
  const plain = toPlainUrl(url, maxUrl)
  return plain === undefined ? {} : ({ [field]: plain } as { readonly [key in K]: string })
}

function isRepository(url: string): boolean {
  return url.length <= maxUrl && !('problem' in parseRepository(url))
}

const legalCommit = new RegExp(commitPattern)

/** Forges write a new ref's earlier commit as zeros. */
function isCommit(text: string): boolean {
  return legalCommit.test(text) && !/^0+$/.test(text)
}

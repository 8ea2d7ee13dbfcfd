import type { Instant } from '../../lib/clock.ts'
import { quoteValue } from '../../lib/field-error.ts'
import type { CommentEvent, PullRequest } from '../../lib/forge-event.ts'
import { isRunFinal } from '../status/run-status.ts'
import type { Candidate } from './candidate.ts'
import type { Command } from './commands.ts'
import type { Finding } from './finding.ts'
import { findNewest, isOfPullRequest, isStoppable, toReceived } from './known-runs.ts'
import { refuseApproval } from './ok-to-test.ts'
import type { EventRun } from './render-run.ts'
import { isForPullRequest } from './select.ts'

export interface CommandRequest {
  readonly commands: readonly Command[]
  readonly event: CommentEvent
  readonly pullRequest: PullRequest
  /** Of the head; empty where no command asks for them, and where there are none, which the caller tells. */
  readonly candidates: readonly Candidate[]
  /** Those of the pull request, and those of its head whatever asked for them. */
  readonly runs: readonly EventRun[]
  /** By c8s's clock. */
  readonly now: Instant
}

interface WantedRun {
  readonly candidate: Candidate
  readonly command: Command
}

export interface CommandPlan {
  /** One for each pipeline, however many commands ask for it. */
  readonly start: readonly WantedRun[]
  readonly cancel: readonly EventRun[]
  /** Whether the head is approved. */
  readonly approves: boolean
  /** Why something does not happen. */
  readonly findings: readonly Finding[]
}

/** A comment that is told again later cancels nothing that began after it; clocks may differ that much. */
const clockToleranceMs = 60_000

export function needsCandidates(commands: readonly Command[]): boolean {
  return commands.some(({ kind }) => kind === 'test' || kind === 'retest')
}

/** What the commands of a comment come to, for somebody who may give them. */
export function planCommands(request: CommandRequest): CommandPlan {
  const plans = request.commands.map((command) => planCommand(command, request))
  const start = new Map<string, WantedRun>()
  for (const wanted of plans.flatMap((plan) => plan.start ?? []))
    if (!start.has(wanted.candidate.name)) start.set(wanted.candidate.name, wanted)
  return {
    start: [...start.values()],
    cancel: [...new Set(plans.flatMap(({ cancel = [] }) => cancel))],
    approves: plans.some(({ approves }) => approves === true),
    findings: plans.flatMap(({ findings = [] }) => findings),
  }
}

function planCommand(command: Command, request: CommandRequest): Partial<CommandPlan> {
  if (command.kind === 'test') return planTest(command, request)
  if (command.kind === 'retest') return planRetest(command, request)
  if (command.kind === 'cancel') return planCancel(command, request)
  const refusal = refuseApproval(command.argument, request)
  return refusal === undefined ? { approves: true } : { findings: [refusal] }
}

function planTest(command: Command, { candidates, pullRequest }: CommandRequest): Partial<CommandPlan> {
  const { argument: pipeline } = command
  if (candidates.length === 0) return {}
  const chosen = candidates.filter((candidate) =>
    pipeline === undefined ? isForPullRequest(candidate, pullRequest.targetBranch) : candidate.name === pipeline,
  )
  if (chosen.length > 0) return { start: chosen.map((candidate) => ({ candidate, command })) }
  const names = candidates.map(({ name }) => name).join(', ')
  const message =
    pipeline === undefined
      ? `no pipeline is meant for pull requests into ${quoteValue(pullRequest.targetBranch)}: name one of ${names}`
      : `there is no pipeline ${quoteValue(pipeline)}: name one of ${names}`
  return { findings: [{ verdict: 'Ignored', reason: 'NoSuchPipeline', message }] }
}

function planRetest(command: Command, { candidates, pullRequest, runs }: CommandRequest): Partial<CommandPlan> {
  if (candidates.length === 0) return {}
  const atHead = runs.filter(({ spec }) => spec.commit === pullRequest.commit && isForCommit(spec.event.type))
  const failed = candidates.filter(({ name }) => {
    const newest = findNewest(atHead.filter(({ spec }) => spec.event.pipeline === name))
    return isRunFinal(newest?.status?.phase) && newest?.status?.phase !== 'Succeeded'
  })
  if (failed.length > 0) return { start: failed.map((candidate) => ({ candidate, command })) }
  const message = 'there is no pipeline whose last run of the head has ended without success'
  return { findings: [{ verdict: 'Ignored', reason: 'NothingToRetest', message }] }
}

/** What the pull request shows; a nightly run of the same commit is another matter. */
function isForCommit(type: EventRun['spec']['event']['type']): boolean {
  return type === 'push' || type === 'pullRequest'
}

function planCancel({ argument: pipeline }: Command, request: CommandRequest): Partial<CommandPlan> {
  const { event, runs } = request
  const until = Date.parse(event.createdAt) + clockToleranceMs
  const cancel = runs
    .filter((run) => isStoppable(run) && isShownAt(run, request.pullRequest))
    .filter(({ spec }) => pipeline === undefined || spec.event.pipeline === pipeline)
    .filter((run) => !(toReceived(run) > until))
  if (cancel.length > 0) return { cancel }
  const what = pipeline === undefined ? 'run' : `run of ${quoteValue(pipeline)}`
  const message = `there is no ${what} of the pull request to cancel`
  return { findings: [{ verdict: 'Ignored', reason: 'NothingToCancel', message }] }
}

/** Those of the pull request, and where its branch is of this repository, those of the push of its head. */
function isShownAt(run: EventRun, { number, commit, branch, isFork }: PullRequest): boolean {
  if (isOfPullRequest(number)(run)) return true
  return !isFork && run.spec.event.type === 'push' && run.spec.commit === commit && run.spec.branch === branch
}

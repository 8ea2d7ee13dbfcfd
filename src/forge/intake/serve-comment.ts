import type { Candidate } from '../../engine/trigger/candidate.ts'
import { describeCommand, describePullRequest, findCauseProblem } from '../../engine/trigger/cause.ts'
import { asksForChanges } from '../../engine/trigger/changed-files.ts'
import { type Command, parseCommands } from '../../engine/trigger/commands.ts'
import type { Finding } from '../../engine/trigger/finding.ts'
import { keepRunsOf } from '../../engine/trigger/known-runs.ts'
import { findRunsToApprove, wasApproved } from '../../engine/trigger/ok-to-test.ts'
import { type CommandPlan, needsCandidates, planCommands } from '../../engine/trigger/plan-commands.ts'
import { type EventRun, nameSender, type PlannedRun, planRuns } from '../../engine/trigger/render-run.ts'
import { quoteValue } from '../../lib/field-error.ts'
import type { CommentEvent, PullRequest } from '../../lib/forge-event.ts'
import { approveRuns, cancelRuns } from './change-runs.ts'
import { createRuns } from './create-runs.ts'
import { findCandidates, isFinding } from './find-candidates.ts'
import { listChanges, toPullRequestRange } from './list-changes.ts'
import { completePullRequest, readPullRequest } from './read-pull-request.ts'
import { listRuns, type Told, type Work } from './work.ts'

/** Carries out the commands of a comment, for a person who may push to the repository. */
export async function serveComment(work: Work, event: CommentEvent): Promise<Told> {
  const commands = parseCommands(event.text)
  if (commands.length === 0) return tell('Ignored', 'NoCommand', 'no line of the comment is a command')
  const forge = await work.openForge()
  const refusal = judgeAuthor(event, await forge.canWrite(event.author))
  if (refusal !== undefined) return { findings: [refusal] }
  const pullRequest = await findPullRequest(work, event)
  if (pullRequest === undefined)
    return tell('Ignored', 'NotAPullRequest', `${event.number} is no pull request, and commands are for those`)
  const problem = findCauseProblem(describePullRequest(pullRequest, event))
  if (problem !== undefined) return { findings: [problem] }
  const findings = await carryOut(work, { commands, event, pullRequest })
  return { findings, commit: pullRequest.commit }
}

function findPullRequest(work: Work, { pullRequest, number }: CommentEvent): Promise<PullRequest | undefined> {
  return pullRequest === undefined ? readPullRequest(work, number) : completePullRequest(work, pullRequest)
}

function judgeAuthor({ author }: CommentEvent, canWrite: boolean | undefined): Finding | undefined {
  if (canWrite === true) return undefined
  const message =
    canWrite === false
      ? `${quoteValue(author)} may not push to the repository, and commands are for those who may`
      : 'the forge cannot tell who may write; use kubectl'
  return { verdict: 'Refused', reason: canWrite === false ? 'NotAllowed' : 'WritersUnknown', message }
}

interface Request {
  readonly commands: readonly Command[]
  readonly event: CommentEvent
  readonly pullRequest: PullRequest
}

async function carryOut(work: Work, request: Request): Promise<readonly Finding[]> {
  const { commands, pullRequest } = request
  const runs = await listKnownRuns(work, pullRequest)
  const found = needsCandidates(commands) ? await findCandidates(work, pullRequest.commit, pullRequest) : []
  const candidates: readonly Candidate[] = isFinding(found) ? [] : found
  const plan = planCommands({ ...request, candidates, runs, now: work.origin.now })
  const planned = await planStarts(work, plan, request)
  const cancelled = await cancelRuns(work.client, leaveOut(plan.cancel, planned), 'a comment says so')
  const creations = await createRuns(work.client, planned)
  const stored = creations.flatMap((creation) => creation.stored ?? [])
  const all = keepRunsOf(work.origin.connection, [...runs, ...stored])
  const approved = await approve(work, { ...request, plan, runs: all })
  const started = creations.map(({ finding }) => finding)
  return [...cancelled, ...started, ...approved, ...(isFinding(found) ? [found] : []), ...plan.findings]
}

async function listKnownRuns(work: Work, { number, commit }: PullRequest): Promise<readonly EventRun[]> {
  const lists = await Promise.all([listRuns(work, { pullRequest: `${number}` }), listRuns(work, { commit })])
  return keepRunsOf(work.origin.connection, lists.flat())
}

async function planStarts(work: Work, { start }: CommandPlan, request: Request): Promise<readonly PlannedRun[]> {
  const { event, pullRequest } = request
  const isAsked = start.some(({ candidate }) => asksForChanges(candidate))
  const changedFiles = isAsked ? await listChanges(work, toPullRequestRange(pullRequest)) : undefined
  return start.flatMap(({ candidate, command }) =>
    planRuns([candidate], { ...describeCommand(command, pullRequest, event), changedFiles }, work.origin),
  )
}

/** When the comment is told again, what it started the first time is not what it wanted cancelled. */
function leaveOut(runs: readonly EventRun[], planned: readonly PlannedRun[]): readonly EventRun[] {
  const own = new Set(planned.map(({ run }) => run.metadata.name))
  return runs.filter(({ metadata }) => !own.has(metadata.name))
}

interface Approval extends Request {
  readonly plan: CommandPlan
  readonly runs: readonly EventRun[]
}

/** An approval is of the commit: it counts for what is run again there, too. */
async function approve(work: Work, approval: Approval): Promise<readonly Finding[]> {
  const { plan, pullRequest, runs, event } = approval
  if (!plan.approves && !(plan.start.length > 0 && wasApproved(pullRequest, runs))) return []
  const waiting = findRunsToApprove(pullRequest, runs)
  const approvedBy = nameSender({ sender: event.sender ?? event.author }, work.origin) ?? ''
  if (waiting.length > 0) return approveRuns(work.client, waiting, approvedBy)
  if (!plan.approves) return []
  const message = `no run of ${pullRequest.commit} waits for approval`
  return [{ verdict: 'Ignored', reason: 'NothingToApprove', message }]
}

function tell(verdict: Finding['verdict'], reason: string, message: string): Told {
  return { findings: [{ verdict, reason, message }] }
}

import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { createValidators, type Validators } from '../../../crds/validate.ts'
import { type Finding, foldFindings } from '../../engine/trigger/finding.ts'
import type { Timers } from '../../kube/timers.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ForgeEvent } from '../../lib/forge-event.ts'
import type { Log } from '../../lib/log.ts'
import type { Intake, OpenForge, Outcome } from '../part.ts'
import { toFailure } from './failure.ts'
import type { IntakeClient } from './measured-client.ts'
import { measureCreates } from './measured-client.ts'
import { serveComment } from './serve-comment.ts'
import { startRuns } from './start-runs.ts'
import { stopRunsOfClosed, stopRunsOfDeleted } from './stop-runs.ts'
import { openWork, type Told, type Work } from './work.ts'

export interface IntakeDeps {
  readonly client: IntakeClient
  readonly openForge: OpenForge
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
}

/** A forge gives up after 10 s at the latest; all of it is safe to do again. */
const deadlineMs = 4000
const retryAfterMs = 5000

/**
 * The one way from an event to runs. Holds no state and takes no lock: names of runs are a function of the event, so the
 * API server lets each be made once, however many intakes are told of it, how often and in which order.
 */
export function createIntake(deps: IntakeDeps): Intake {
  const shared = { ...deps, validators: createValidators(), client: measureCreates(deps.client) }
  return { handle: (connection, event) => handle(shared, connection, event) }
}

type Deps = IntakeDeps & { readonly validators: Validators }

async function handle(deps: Deps, connection: RepositoryConnection, event: ForgeEvent): Promise<Outcome> {
  const work = openWork(deps, connection)
  const serving = serve(work, event).catch((error: unknown): Told => {
    const finding = toFailure(error)
    if (finding.reason === 'Internal')
      deps.log.error({ err: error, connection: connection.metadata, delivery: event.delivery }, 'an event failed')
    return { findings: [finding] }
  })
  const { findings, commit } = await withDeadline(deps.timers, serving)
  return { ...foldFindings(findings), ...(commit === undefined ? {} : { commit }) }
}

function serve(work: Work, event: ForgeEvent): Promise<Told> {
  if (event.kind === 'comment') return serveComment(work, event)
  if (event.kind === 'deletion') return stopRunsOfDeleted(work, event.ref)
  if (event.kind === 'pullRequest' && event.action === 'closed') return stopRunsOfClosed(work, event.pullRequest)
  return startRuns(work, event)
}

const tooLate: Finding = {
  verdict: 'Failed',
  reason: 'TimedOut',
  message: `forge and API server together took longer than ${deadlineMs / 1000} s`,
  retryAfterMs,
}

/** What is under way goes on; what comes of it is told to nobody, and found when the event comes again. */
async function withDeadline(timers: Timers, serving: Promise<Told>): Promise<Told> {
  const deadline = Promise.withResolvers<Told>()
  const cancel = timers.after(deadlineMs, () => deadline.resolve({ findings: [tooLate] }))
  try {
    return await Promise.race([serving, deadline.promise])
  } finally {
    cancel()
  }
}

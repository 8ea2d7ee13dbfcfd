import type { IncomingMessage } from 'node:http'
import { KubeError } from '../kube/kube-error.ts'
import { type Timers, waitFor } from '../kube/timers.ts'
import type { Log } from '../lib/log.ts'
import type { IncomingProvider } from '../vcs/incoming/provider.ts'
import { type ActDeps, actOnDelivery } from './act.ts'
import { type Answer, answers, bodyAnswers } from './answer.ts'
import { type BodyProblem, readBody } from './body.ts'
import { type JudgeDeps, type Judged, judgeDelivery } from './judge.ts'
import { isAcceptedType, isCompressed } from './media-type.ts'
import type { Traffic } from './traffic.ts'

export interface DeliveryDeps extends JudgeDeps, ActDeps {
  readonly traffic: Traffic
  readonly timers: Timers
  readonly log: Log
  /** False while the connections are not known yet. */
  readonly isReady: () => boolean
}

export interface IncomingDelivery {
  readonly request: IncomingMessage
  /** For the log. */
  readonly requestId: string
}

/** From the head of a delivery to what is answered. Does not throw. */
export async function takeDelivery(
  deps: DeliveryDeps,
  provider: IncomingProvider,
  { request, requestId }: IncomingDelivery,
): Promise<Answer> {
  try {
    const answer = checkHead(deps, request)
    if (answer !== undefined) return answer
    const { judged, spentMs } = await readAndJudge(deps, provider, request)
    if (judged.kind === 'unread') return bodyAnswers[judged.problem]
    if (judged.kind === 'rejected') await waitFor(deps.timers, measurePatience(spentMs))
    return await actOnDelivery(deps, judged)
  } catch (error) {
    // Of the API server a call at most is told, never a value.
    deps.log.error({ err: error, requestId, provider: provider.id }, 'a delivery could not be taken')
    return error instanceof KubeError ? answers.unavailable : answers.fault
  }
}

/** What is wrong before a byte of the body is read. */
function checkHead({ traffic, isReady }: DeliveryDeps, { method, headers }: IncomingMessage): Answer | undefined {
  if (method !== 'POST') return answers.wrongMethod
  if (traffic.isRefusing()) return answers.stopping
  if (!isAcceptedType(headers['content-type'])) return answers.wrongType
  if (isCompressed(headers['content-encoding'])) return answers.compressed
  return isReady() ? undefined : answers.unavailable
}

interface Reading {
  readonly judged: Judged | { readonly kind: 'unread'; readonly problem: BodyProblem }
  /** On judging. */
  readonly spentMs: number
}

/** Beyond this function nothing holds the body any more. */
async function readAndJudge(
  deps: DeliveryDeps,
  provider: IncomingProvider,
  request: IncomingMessage,
): Promise<Reading> {
  const { timers, traffic } = deps
  const read = await readBody(request, { budget: traffic.budget, timers })
  if (read.kind === 'refused') return { judged: { kind: 'unread', problem: read.problem }, spentMs: 0 }
  const startedAt = timers.now()
  try {
    const judged = await judgeDelivery(deps, provider, { headers: flattenHeaders(request), body: read.body })
    return { judged, spentMs: timers.now() - startedAt }
  } finally {
    read.hold.release()
  }
}

/** What is not signed is answered after this long, or a multiple: what it took tells nothing about why. */
const patienceMs = 100

function measurePatience(spentMs: number): number {
  return patienceMs * Math.max(1, Math.ceil(spentMs / patienceMs)) - spentMs
}

/** Node joins repeated headers, but for a few that are of no interest here. */
function flattenHeaders({ headers }: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

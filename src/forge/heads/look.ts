import type { RepositoryConnection } from '../../../crds/kinds.ts'
import type { Delivery } from '../../../crds/repository-connection.ts'
import { toTimestamp } from '../../lib/clock.ts'
import { toCanonicalRepository } from '../../lib/repository.ts'
import { type Forge, ForgeError } from '../forge.ts'
import type { Outcome, PartDeps } from '../part.ts'
import { compareHeads, type Move, recordHead } from './compare.ts'
import { foundEventName, type Listed, toFoundDelivery, toFoundEvent, toListedHeads } from './found-event.ts'

export type LookDeps = Pick<PartDeps, 'clock' | 'openForge' | 'intake' | 'deliveries' | 'connectionStatus'>

export interface Looked {
  /** The forge may have more refs than it listed. */
  readonly isCut: boolean
  /** Milliseconds after which to deal with what is left; undefined where nothing is. */
  readonly retryAfterMs?: number
}

/** Where nobody said when. */
const usualRetryMs = 5000

/**
 * Looks once at the heads of a connection's repository, and deals with those that moved as if a delivery had told of them. A
 * head is remembered once it has been dealt with, so what fails, or is cut off by a restart, is found again. Throws ForgeError.
 */
export async function lookAtHeads(
  deps: LookDeps,
  connection: RepositoryConnection,
  isStopping: () => boolean,
): Promise<Looked> {
  const forge = await deps.openForge(connection)
  const listed = await listAll(forge)
  const repository = toCanonicalRepository(connection.spec.repository)
  const { heads: known, headsOf } = deps.connectionStatus.read(connection)
  const { moves, heads, isCut } = compareHeads(headsOf === repository ? known : undefined, toListedHeads(listed))
  deps.connectionStatus.update(connection, (fields) => ({ ...fields, heads: [...heads], headsOf: repository }))
  const waits: number[] = []
  for (const move of moves) {
    if (isStopping()) break
    const wait = await dealWith(deps, { connection, forge, listed, move })
    if (wait !== undefined) waits.push(wait)
  }
  return { isCut, ...(waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) }) }
}

async function listAll(forge: Forge): Promise<Listed> {
  const [listed, pullRequests] = await Promise.all([forge.listHeads(), listPullRequests(forge)])
  return { ...listed, pullRequests }
}

async function listPullRequests(forge: Forge): Promise<Listed['pullRequests']> {
  try {
    return (await forge.listOpenPullRequests()) ?? []
  } catch (error) {
    // The repository is there, since its branches were listed; Gitea answers so for one without a commit.
    const hasNone = error instanceof ForgeError && (error.kind === 'unsupported' || error.kind === 'notFound')
    if (hasNone) return []
    throw error
  }
}

interface Found {
  readonly connection: RepositoryConnection
  readonly forge: Forge
  readonly listed: Listed
  readonly move: Move
}

/** Answers after how many milliseconds it is to be tried again; undefined where it has been dealt with. */
async function dealWith(deps: LookDeps, { connection, forge, listed, move }: Found): Promise<number | undefined> {
  const message = await readMessage(forge, move)
  if (message instanceof ForgeError) return Math.max(message.retryAfterMs ?? 0, usualRetryMs)
  const event = toFoundEvent(move, listed, message)
  if (event === undefined) return undefined
  const outcome = await deps.intake.handle(connection, event)
  tell(deps, { connection, move, outcome })
  if (outcome.verdict === 'Failed' && outcome.retryAfterMs !== undefined)
    return Math.max(outcome.retryAfterMs, usualRetryMs)
  deps.connectionStatus.update(connection, (fields) => ({
    ...fields,
    heads: [...recordHead(fields.heads ?? [], move)],
  }))
  return undefined
}

/** Of a push. What may pass is waited for; a forge that does not tell it for good keeps no run from starting. */
async function readMessage(forge: Forge, { ref, commit }: Move): Promise<string | ForgeError | undefined> {
  if (ref.startsWith('pull/')) return undefined
  try {
    return await forge.readCommitMessage?.(commit)
  } catch (error) {
    return error instanceof ForgeError && error.isPassing ? error : undefined
  }
}

interface Told {
  readonly connection: RepositoryConnection
  readonly move: Move
  readonly outcome: Outcome
}

/** Only what no delivery has told: mostly one came, and what c8s finds afterwards has been started by it. */
function tell(deps: LookDeps, { connection, move, outcome }: Told): void {
  const { verdict, reason, message, runs, commit = move.commit } = outcome
  const row = { verdict, reason, message, commit, runs: [...runs] }
  if (!isNews(connection, outcome) || isTold(deps, connection, row)) return
  const time = toTimestamp(deps.clock.now())
  deps.deliveries.note(connection, { id: toFoundDelivery(move.ref), event: foundEventName, ...row, time })
}

/** Where no deliveries come at all, a refusal would be told nowhere. */
function isNews({ spec }: RepositoryConnection, { verdict, reason }: Outcome): boolean {
  if (verdict === 'Started') return reason !== 'AlreadyStarted'
  return verdict === 'Failed' || (verdict === 'Refused' && spec.webhookSecretRef === undefined)
}

function isTold(
  { connectionStatus }: LookDeps,
  connection: RepositoryConnection,
  row: Pick<Delivery, 'commit' | 'verdict' | 'reason'>,
): boolean {
  const { deliveries = [] } = connectionStatus.read(connection)
  return deliveries.some(
    ({ commit, verdict, reason }) => commit === row.commit && verdict === row.verdict && reason === row.reason,
  )
}

import type { Timers } from '../../kube/timers.ts'
import type { Provider } from '../../lib/forge-event.ts'
import type { Conversation, ForgeAnswer, ForgeCall } from '../../vcs/outgoing/conversation.ts'
import type { OutgoingRepository, Reading, Telling } from '../../vcs/outgoing/outgoing.ts'
import type { ForgeAccess } from '../credential/access.ts'
import { type Forge, ForgeError } from '../forge.ts'
import type { ForgeHttp } from '../http/client.ts'
import { converse } from '../http/converse.ts'
import type { Recollection } from './recollection.ts'

export interface ApiForgeDeps {
  readonly provider: Provider
  readonly repository: OutgoingRepository
  /** Name of the repository, without its owner. */
  readonly name: string
  /** Host and path of the repository, for messages. */
  readonly about: string
  readonly access: ForgeAccess
  readonly http: ForgeHttp
  readonly timers: Timers
  readonly recollection: Recollection
  /** Which connection it is for: what it was told, another may not be told. */
  readonly asker: string
}

/** For all calls of one method, retries and waits included. */
const deadlineMs = 10_000

/** A forge reached by its API. */
export function createApiForge(deps: ApiForgeDeps): Forge {
  const { provider, repository, access } = deps
  const { reading, telling } = repository
  const ask = <T>(start: (of: Reading) => Conversation<T>): Promise<T> => runConversation(deps, () => start(reading))
  const recall = <T>(question: string, start: (of: Reading) => Conversation<T>): Promise<T> =>
    runConversation(deps, () => start(reading), JSON.stringify([deps.asker, repository.base, deps.about, question]))
  const tell = async <T>(start: (of: Telling) => Conversation<T>): Promise<T> => {
    if (access.caller.kind !== 'anonymous') return await runConversation(deps, () => start(telling))
    const problem = access.problem ?? 'there is no credential'
    throw new ForgeError('forbidden', `${problem}: nothing can be told to the forge without one`)
  }
  return {
    provider,
    readPipelineFiles: (commit, pullRequest) => ask((of) => of.files(commit, pullRequest)),
    readCommitMessage: (commit) => ask((of) => of.message(commit)),
    listChanges: (range) => ask((of) => of.changes(range)).catch(toUnknownChanges),
    readPullRequest: (number) => ask((of) => of.pullRequest(number)),
    canWrite: async (user) => (access.caller.kind === 'anonymous' ? undefined : await ask((of) => of.canWrite(user))),
    listHeads: () => recall('heads', (of) => of.heads()),
    listOpenPullRequests: () => recall('pullRequests', (of) => of.openPullRequests()),
    report: (report) => tell((of) => of.report(report)),
    upsertComment: (number, marker, text) => tell((of) => of.comment(number, { marker, text })),
    ensureWebhook: (webhook) => tell((of) => of.webhook(webhook)),
  }
}

/** With a key: what came of it is kept for when the forge says that all it answered is the same. */
async function runConversation<T>(deps: ApiForgeDeps, start: () => Conversation<T>, key?: string): Promise<T> {
  const deadline = deps.timers.now() + deadlineMs
  const secrets: string[] = []
  const line = { about: deps.about, secrets: () => secrets }
  const sendOne = (call: ForgeCall) => sendAuthorized(deps, call, { deadline, note: (used) => secrets.push(...used) })
  if (key === undefined) return await converse(start, { ...line, send: sendOne })
  return await deps.recollection.recall(key, sendOne, (send) => converse(start, { ...line, send }))
}

interface Sending {
  readonly deadline: number
  /** Told of the values that no message may show. */
  readonly note: (secrets: readonly string[]) => void
}

async function sendAuthorized(deps: ApiForgeDeps, call: ForgeCall, { deadline, note }: Sending): Promise<ForgeAnswer> {
  const { access, http, name, repository } = deps
  const { base } = repository
  const { header, secrets, reject } = await access.authorize({
    base,
    repository: name,
    send: (as, exchange) => http.send({ base, authorization: as.header, secrets: as.secrets }, exchange, deadline),
  })
  note([...secrets, ...(call.secrets ?? [])])
  try {
    return await http.send(
      { base, secrets, ...(header === undefined ? {} : { authorization: header }) },
      call,
      deadline,
    )
  } catch (error) {
    if (error instanceof ForgeError && error.kind === 'forbidden') reject?.()
    throw error
  }
}

/**
 * A comparison that is too much for the forge (it times out, or answers 5xx, each time) is none: path filters then let the
 * run through. A forge that is down is noticed by the other calls.
 */
function toUnknownChanges(error: unknown): undefined {
  if (error instanceof ForgeError && ['unavailable', 'refused', 'notFound'].includes(error.kind)) return undefined
  throw error
}

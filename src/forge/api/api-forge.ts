import type { Timers } from '../../kube/timers.ts'
import type { Provider } from '../../lib/forge-event.ts'
import type { Conversation, ForgeAnswer, ForgeCall } from '../../vcs/outgoing/conversation.ts'
import type { OutgoingRepository, Telling } from '../../vcs/outgoing/outgoing.ts'
import type { ForgeAccess } from '../credential/access.ts'
import { type Forge, ForgeError } from '../forge.ts'
import type { ForgeHttp } from '../http/client.ts'
import { converse } from '../http/converse.ts'

export interface ApiForgeDeps {
  readonly provider: Provider
  readonly repository: OutgoingRepository
  /** Name of the repository, without its owner. */
  readonly name: string
  readonly access: ForgeAccess
  readonly http: ForgeHttp
  readonly timers: Timers
}

/** For all calls of one method, retries and waits included. */
const deadlineMs = 10_000

/** A forge reached by its API. */
export function createApiForge(deps: ApiForgeDeps): Forge {
  const { provider, repository, access } = deps
  const { reading } = repository
  const run = <T>(conversation: Conversation<T>): Promise<T> => runConversation(deps, conversation)
  const tell = <T>(start: (telling: Telling) => Conversation<T>): Promise<T> => {
    if (access.caller.kind !== 'anonymous') return run(start(repository.telling))
    const message = `${access.problem ?? 'there is no credential'}: nothing can be told to the forge without one`
    return Promise.reject(new ForgeError('forbidden', message))
  }
  return {
    provider,
    readPipelineFiles: (commit, pullRequest) => run(reading.files(commit, pullRequest)),
    listChanges: (range) => run(reading.changes(range)).catch(toUnknownChanges),
    readPullRequest: (number) => run(reading.pullRequest(number)),
    canWrite: async (user) => (access.caller.kind === 'anonymous' ? undefined : await run(reading.canWrite(user))),
    listHeads: () => run(reading.heads()),
    listOpenPullRequests: () => run(reading.openPullRequests()),
    report: (report) => tell((telling) => telling.report(report)),
    upsertComment: (number, marker, text) => tell((telling) => telling.comment(number, { marker, text })),
    ensureWebhook: (webhook) => tell((telling) => telling.webhook(webhook)),
  }
}

async function runConversation<T>(deps: ApiForgeDeps, conversation: Conversation<T>): Promise<T> {
  const { base } = deps.repository
  const deadline = deps.timers.now() + deadlineMs
  return await converse(conversation, new URL(base).host, (call) => sendAuthorized(deps, call, deadline))
}

async function sendAuthorized(deps: ApiForgeDeps, call: ForgeCall, deadline: number): Promise<ForgeAnswer> {
  const { access, http, name, repository } = deps
  const { base } = repository
  const { header, secrets, reject } = await access.authorize({
    base,
    repository: name,
    send: (as, exchange) => http.send({ base, authorization: as.header, secrets: as.secrets }, exchange, deadline),
  })
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

import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { type Change, toId, toKey } from '../../kube/cache.ts'
import type { ObjectKey } from '../../kube/ports.ts'
import { createWorkQueue } from '../../kube/work-queue.ts'
import type { KubeObject, Secret } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { ForgeError } from '../forge.ts'
import { forgeWorkers, toConnectionLanes } from '../lanes.ts'
import type { Part, PartDeps } from '../part.ts'
import { planRegistration } from './plan.ts'
import { foldRegistration, type RegistrationResult, toResult } from './result.ts'
import { createRepositoryOrder, type RepositoryOrder, toWebhookURL } from './webhook-url.ts'

/** Secrets are not watched: that would mean to read them all. */
const lookAgainMs = 300_000
/** While something is missing, a person may be about to make it. */
const lookSoonMs = 20_000
/** Somebody may have changed the webhook at the forge. */
const checkAgainMs = 6 * 3_600_000
const firstRetryMs = 60_000
const longestRetryMs = 3_600_000

/** What was done last for a connection. */
interface Memory {
  /** Of all that the result depends on. */
  readonly print: string
  /** Of the timers' clock: when to do it again though nothing changed. */
  readonly dueAt: number
  readonly failures: number
  /** While nothing is due. */
  readonly lookMs: number
}

interface Registrar extends PartDeps {
  readonly order: RepositoryOrder
  readonly memories: Map<string, Memory>
}

/** Makes and repairs the webhook of each connection at its forge, where it may, and tells in status what to do where not. */
export function createRegisterPart(deps: PartDeps): Part {
  const registrar: Registrar = { ...deps, order: createRepositoryOrder(), memories: new Map() }
  const { timers, log, caches } = registrar
  const queue = createWorkQueue({
    timers,
    workers: forgeWorkers,
    lanesOf: (key) => toConnectionLanes(caches.connections.get(fromId(key))),
    work: (key) => register(registrar, key),
    onFault: (error, key, failures) =>
      log.warn(
        { err: error, connection: key, failures },
        'a webhook could not be looked after and will be tried again',
      ),
  })
  return {
    start: () => {
      caches.connections.onChange((change) => {
        if (isOfStatus(change)) return
        for (const concerned of noteChange(registrar, change)) queue.add(toId(toKey(concerned)))
      })
      queue.start()
    },
    stop: () => queue.stop(),
  }
}

type ConnectionChange = Change<RepositoryConnection>

function isOfStatus({ kind, object, previous }: ConnectionChange): boolean {
  return kind === 'changed' && previous?.metadata.generation === object.metadata.generation
}

/** Those to look at: another connection of the same repository may be the oldest now. */
function noteChange({ order, memories }: Registrar, change: ConnectionChange): readonly RepositoryConnection[] {
  const { kind, object, previous = object } = change
  const before = order.listOthers(previous)
  if (kind === 'removed') {
    order.remove(object)
    memories.delete(toId(toKey(object)))
    return before
  }
  order.put(object)
  return [...new Set([object, ...before, ...order.listOthers(object)])]
}

/** Gives back when to look again. */
async function register(registrar: Registrar, key: string): Promise<number | undefined> {
  const { caches, timers, settings, order, memories } = registrar
  const connection = caches.connections.get(fromId(key))
  if (connection === undefined || connection.metadata.deletionTimestamp !== undefined) return undefined
  const webhookURL = toWebhookURL(settings.externalURL, connection, order.isOldest(connection))
  const print = await takePrint(registrar, connection, webhookURL)
  const before = memories.get(key)
  const isSame = before?.print === print
  if (!isSame || timers.now() >= before.dueAt) {
    const failures = isSame ? before.failures : 0
    memories.set(key, { print, ...(await attempt(registrar, { connection, webhookURL, failures })) })
  }
  const { dueAt = 0, lookMs = lookAgainMs } = memories.get(key) ?? {}
  const waitMs = Math.min(lookMs, Math.max(0, dueAt - timers.now()))
  return Number.isFinite(waitMs) ? waitMs : undefined
}

function fromId(key: string): ObjectKey {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}

/** Metadata of the Secrets is enough to see whether they changed. */
async function takePrint({ api }: Registrar, connection: RepositoryConnection, webhookURL: string): Promise<string> {
  const { uid, generation } = connection.metadata
  const secrets = await readBoth(connection, (key) => api.getMetadata(resourceTypes.secret, key))
  const versions = secrets.map((secret) => [secret?.metadata.uid ?? '', secret?.metadata.resourceVersion ?? ''])
  return JSON.stringify([uid, generation, webhookURL, versions])
}

/** The webhook's Secret and the credential's, as far as they are named and exist. */
function readBoth<T extends KubeObject>(
  { metadata, spec }: RepositoryConnection,
  read: (key: ObjectKey) => Promise<T | undefined>,
): Promise<readonly (T | undefined)[]> {
  const { namespace = '' } = metadata
  const find = async (name: string | undefined) => (name === undefined ? undefined : read({ namespace, name }))
  const webhook = find(spec.webhookSecretRef)
  // Often one Secret is both.
  return Promise.all([webhook, spec.authSecretRef === spec.webhookSecretRef ? webhook : find(spec.authSecretRef)])
}

interface Attempt {
  readonly connection: RepositoryConnection
  readonly webhookURL: string
  /** In a row, before this one. */
  readonly failures: number
}

async function attempt(registrar: Registrar, asked: Attempt): Promise<Omit<Memory, 'print'>> {
  const { api, clock, timers, connectionStatus } = registrar
  const { connection, webhookURL } = asked
  const [webhookSecret, authSecret] = await readBoth(connection, (key) => api.get<Secret>(resourceTypes.secret, key))
  const plan = planRegistration({
    connection,
    webhookURL,
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...(authSecret === undefined ? {} : { authSecret }),
  })
  const tell = (result: RegistrationResult) =>
    connectionStatus.update(connection, (fields) =>
      foldRegistration(fields, result, { connection, webhookURL, now: clock.now() }),
    )
  if (plan.kind === 'told') {
    tell({ isRegistered: false, reason: plan.reason, message: plan.message })
    return { dueAt: Number.POSITIVE_INFINITY, failures: 0, lookMs: chooseLook(connection, [webhookSecret, authSecret]) }
  }
  const { result, waitMs } = await ask(registrar, asked, plan.secret)
  tell(result)
  const isDone = result.isRegistered === true
  return { dueAt: timers.now() + waitMs, failures: isDone ? 0 : asked.failures + 1, lookMs: lookAgainMs }
}

function chooseLook({ spec }: RepositoryConnection, found: readonly (Secret | undefined)[]): number {
  const named = [spec.webhookSecretRef, spec.authSecretRef]
  if (named.every((name) => name === undefined)) return Number.POSITIVE_INFINITY
  const isMissing = named.some((name, index) => name !== undefined && found[index] === undefined)
  return isMissing ? lookSoonMs : lookAgainMs
}

async function ask(
  { openForge, log, timers }: Registrar,
  { connection, webhookURL, failures }: Attempt,
  secret: string,
): Promise<{ readonly result: RegistrationResult; readonly waitMs: number }> {
  const fields = { connection: toId(toKey(connection)) }
  try {
    const forge = await openForge(connection)
    const did = await forge.ensureWebhook({ url: webhookURL, secret })
    if (did !== 'unchanged') log.info({ ...fields, did }, 'the webhook at the forge was seen to')
    const result = { isRegistered: true, reason: 'Registered', message: 'the forge has the webhook' }
    return { result, waitMs: checkAgainMs * (0.9 + 0.2 * timers.random()) }
  } catch (error) {
    const retryAfterMs = error instanceof ForgeError ? (error.retryAfterMs ?? 0) : 0
    log.warn({ ...fields, err: error, failures: failures + 1 }, 'the webhook at the forge could not be seen to')
    const step = Math.min(longestRetryMs, firstRetryMs * 2 ** failures)
    const waitMs = Math.max(retryAfterMs, step * (0.75 + 0.25 * timers.random()))
    return { result: toResult(error, connection, webhookURL), waitMs }
  }
}

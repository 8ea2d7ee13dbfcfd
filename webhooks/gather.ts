import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../crds/kinds.ts'
import { namePattern } from '../crds/patterns.ts'
import type { KubeReader, KubeWriter } from '../src/kube/ports.ts'
import type { Clock } from '../src/lib/clock.ts'
import type { KubeObject, ResourceQuota, ResourceType } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import {
  type AdmissionSettings,
  createFacts,
  type FactNeeds,
  type Facts,
  findMissing,
  type RightQuestion,
  toRightKey,
} from './facts.ts'

import type { NearObjects } from './near.ts'
import { readQueueing } from './read-queueing.ts'
import { readSetting } from './read-setting.ts'

/** Reads, and SubjectAccessReviews, which are asked by creating one. */
export type FactSource = KubeReader & Pick<KubeWriter, 'create'>

export interface Gatherer {
  /** Whether anything in the facts came from a watch and not from a read of its own. */
  usedNear(): boolean
  /** Reads what the plan asks for, round by round, until it asks for nothing more. */
  gather(planReads: (facts: Facts) => FactNeeds): Promise<Facts>
}

export interface GatherOptions {
  readonly source: FactSource
  readonly clock: Clock
  readonly settings: AdmissionSettings
  /** Without it everything is read live. */
  readonly near?: NearObjects
  /** Longest time that the reads of one call may take. */
  readonly budgetMs: number
}

/** What is needed could not be read now, and may be in a moment. */
export class ReadsFailed extends Error {}

/**
 * No answer, overload, a fault of the server; or 401: for a moment after c8s was installed anew the API server knows its account
 * as the one that was there before. A KubeError has the status.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return false
  const { status } = error
  return status === 0 || status === 401 || status === 429 || status >= 500
}

/** Rounds of reads that depend on each other; more would be a mistake of ours. */
const maxRounds = 10

/**
 * The live reads of one request. What was read, or is being read, is kept for its later questions, so the webhook that
 * validates what another has just changed reads nothing twice.
 */
export function createGatherer(namespace: string, options: GatherOptions): Gatherer {
  const { source, near, clock, settings, budgetMs } = options
  const pending = new Map<string, Promise<unknown>>()
  const nearRuns = new Map<string, PipelineRun | undefined>()
  let usedNear = false
  const findNear: Round['findNear'] = (find) => {
    const found = near === undefined ? undefined : find(near, namespace)
    usedNear ||= found !== undefined
    return found
  }
  const once: Once = <T>(key: string, read: () => Promise<T>) => {
    const known = pending.get(key) as Promise<T> | undefined
    const started = known ?? read()
    if (known === undefined) pending.set(key, started)
    return started
  }
  return {
    usedNear: () => usedNear,
    gather: (planReads) =>
      withinBudget(budgetMs, async () => {
        let facts = createFacts(clock.now(), settings)
        for (let round = 0; round < maxRounds; round += 1) {
          const missing = findMissing(planReads(facts), facts)
          if (missing === undefined) return facts
          facts = await readRound({ source, namespace, once, nearRuns, findNear }, missing, facts)
        }
        throw new Error('the reads of a request do not end')
      }),
  }
}

type Once = <T>(key: string, read: () => Promise<T>) => Promise<T>

export interface Round {
  readonly source: FactSource
  readonly namespace: string
  readonly once: Once
  /** Runs of which the watch was asked, and what it had to say that is enough. */
  readonly nearRuns: Map<string, PipelineRun | undefined>
  /** What a watch has told; undefined where it cannot be asked. */
  readonly findNear: <T>(find: (near: NearObjects, namespace: string) => T | undefined) => T | undefined
}

async function withinBudget<T>(budgetMs: number, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new ReadsFailed(`reads took longer than ${budgetMs} ms`)), budgetMs)
  try {
    return await Promise.race([work(), late])
  } catch (error) {
    throw isPassing(error) ? new ReadsFailed('the API server could not be asked', { cause: error }) : error
  } finally {
    clearTimeout(timer)
  }
}

/** All reads of a round side by side. */
async function readRound(round: Round, needs: FactNeeds, facts: Facts): Promise<Facts> {
  const [config, configNames, run, connections, quotas, namespaceLabels, setting, queueing, sight, secrets, rights] =
    await Promise.all([
      whenNamed(needs.config, (name) => readNamed<PipelineConfig>(round, resourceTypes.pipelineConfig, name)),
      when(needs.configNames, async () =>
        (await list<PipelineConfig>(round, resourceTypes.pipelineConfig)).map(toName),
      ),
      whenNamed(needs.run, (name) => readRun(round, name, needs.isRunEnough)),
      when(needs.connections !== undefined, () => listConnections(round, needs.connections === 'live')),
      when(needs.quotas, () => listQuotas(round)),
      when(needs.namespace, () => readNamespaceLabels(round)),
      whenGiven(needs.setting, (wanted) => readSetting(round, wanted, () => readNamespaceLabels(round))),
      whenGiven(needs.queueing, (wanted) => readQueueing(round, wanted)),
      when(needs.sight, async () => lookAtQueue(round)),
      Promise.all((needs.secrets ?? []).map((name) => readSecret(round, name))),
      Promise.all((needs.rights ?? []).map((question) => askRight(round, question))),
    ])
  return {
    ...facts,
    configs: merge(facts.configs, config),
    runs: merge(facts.runs, run),
    ...(configNames === undefined ? {} : { configNames }),
    ...connections,
    ...(quotas === undefined ? {} : { quotas }),
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
    ...setting,
    ...queueing,
    ...(sight === undefined ? {} : { sight }),
    secrets: merge(facts.secrets, secrets),
    rights: merge(facts.rights, rights),
  }
}

type Entries<T> = readonly (readonly [string, T])[]

function merge<T>(known: ReadonlyMap<string, T>, added: Entries<T> | undefined): ReadonlyMap<string, T> {
  return added === undefined || added.length === 0 ? known : new Map([...known, ...added])
}

async function when<T>(wanted: boolean | undefined, read: () => Promise<T>): Promise<T | undefined> {
  return wanted === true ? read() : undefined
}

async function whenGiven<W, T>(wanted: W | undefined, read: (wanted: W) => Promise<T>): Promise<T | undefined> {
  return wanted === undefined ? undefined : read(wanted)
}

async function whenNamed<T>(
  name: string | undefined,
  read: (name: string) => Promise<T>,
): Promise<Entries<T> | undefined> {
  return name === undefined ? undefined : [[name, await read(name)]]
}

function toName({ metadata }: KubeObject): string {
  return metadata.name ?? ''
}

const legalName = new RegExp(namePattern)

/** A name that no object can have is not asked for: mutation sees it before the schema has refused it. */
async function readNamed<T extends KubeObject>(
  { source, namespace, once }: Round,
  type: ResourceType,
  name: string,
): Promise<T | undefined> {
  if (!legalName.test(name)) return undefined
  return once(`${type.plural}/${name}`, () => source.get<T>(type, { namespace, name }))
}

/** Only told, never decided by: so only a watch is asked. */
function lookAtQueue({ findNear }: Round): NonNullable<Facts['sight']> {
  return findNear((objects, namespace) => objects.findQueue(namespace)) ?? {}
}

/** From the watch where that is enough. Both calls for one Job get the same answer, whatever the watch hears in between. */
async function readRun(
  round: Round,
  name: string,
  isEnough: FactNeeds['isRunEnough'],
): Promise<PipelineRun | undefined> {
  if (isEnough !== undefined && !round.nearRuns.has(name)) {
    const found = round.findNear((objects, namespace) => objects.findRun(namespace, name))
    round.nearRuns.set(name, found !== undefined && isEnough(found) ? found : undefined)
  }
  return round.nearRuns.get(name) ?? readNamed<PipelineRun>(round, resourceTypes.pipelineRun, name)
}

async function list<T extends KubeObject>(
  { source, namespace, once }: Round,
  type: ResourceType,
): Promise<readonly T[]> {
  const found = await once(type.plural, () => source.list<T>(type, { namespace }))
  return found.items
}

async function listConnections(
  round: Round,
  isLive: boolean,
): Promise<Pick<Facts, 'connections' | 'areConnectionsLive'>> {
  const near = isLive ? undefined : round.findNear((objects, namespace) => objects.listConnections(namespace))
  if (near !== undefined) return { connections: near }
  const connections = await list<RepositoryConnection>(round, resourceTypes.repositoryConnection)
  return { connections, areConnectionsLive: true }
}

async function listQuotas(round: Round): Promise<readonly ResourceQuota[]> {
  const near = round.findNear((objects, namespace) => objects.listQuotas(namespace))
  return near ?? list<ResourceQuota>(round, resourceTypes.resourceQuota)
}

async function readNamespaceLabels({ source, namespace, once }: Round): Promise<Readonly<Record<string, string>>> {
  const found = await once('namespace', () => source.get(resourceTypes.namespace, { name: namespace }))
  return found?.metadata.labels ?? {}
}

/** Metadata only: the value is neither read nor sent. */
async function readSecret(round: Round, name: string): Promise<readonly [string, KubeObject | undefined]> {
  const { source, namespace, once } = round
  if (!legalName.test(name)) return [name, undefined]
  return [name, await once(`secrets/${name}`, () => source.getMetadata(resourceTypes.secret, { namespace, name }))]
}

interface SubjectAccessReview extends KubeObject {
  readonly status?: { readonly allowed?: boolean }
}

async function askRight(round: Round, question: RightQuestion): Promise<readonly [string, boolean]> {
  const { source, namespace, once } = round
  const key = toRightKey(question)
  const answer = await once(`right/${key}`, () =>
    source.create<SubjectAccessReview>(resourceTypes.subjectAccessReview, renderReview(namespace, question)),
  )
  return [key, answer.status?.allowed === true]
}

function renderReview(namespace: string, question: RightQuestion): SubjectAccessReview {
  const { subject, verb, group, resource, name } = question
  const { username, uid, groups, extra } = subject
  const spec = {
    user: username,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(groups === undefined ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
    resourceAttributes: { namespace, verb, resource, name, ...(group === '' ? {} : { group }) },
  }
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec,
  } as SubjectAccessReview
}

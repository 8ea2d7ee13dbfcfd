import { isRecord } from '../../crds/inspect.ts'
import type { PipelineConfig } from '../../crds/kinds.ts'
import { createValidators } from '../../crds/validate.ts'
import type { KubeObject, PriorityClass } from '../../src/lib/kubernetes.ts'
import { type Admission, createAdmissions } from '../../webhooks/admit.ts'
import { createFacts, type FactNeeds, type Facts, findMissing, toRightKey } from '../../webhooks/facts.ts'
import { type AdmissionRequest, admittedTypes, toResourceName } from '../../webhooks/request.ts'
import type { Decision } from '../../webhooks/response.ts'

export type DocManifest = KubeObject & Readonly<Record<string, unknown>>

const probe = { name: 'probe', image: 'busybox:1.37', commands: ['true'] }

/** A whole config of what a page shows only a part of: a list of steps, or some fields of a pipeline. */
export function completeManifest(document: unknown): DocManifest {
  const part = Array.isArray(document) ? { steps: document as unknown[] } : document
  if (!isRecord(part)) throw new Error('an example is neither a map nor a list of steps')
  if (part['kind'] !== undefined) return part as unknown as DocManifest
  const spec = { repository: 'https://github.com/example/web', steps: [probe], ...part }
  return { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineConfig', metadata: { name: 'part' }, spec }
}

/** What the webhooks answer to the creation of an object; undefined for kinds they are not asked about. */
export type DocJudge = (manifest: DocManifest) => Decision | undefined

/**
 * The two webhooks, for somebody who may use every Secret, in a namespace where every Secret and the given configs exist.
 * What is refused is refused for what it says itself.
 */
export function createDocJudge(manifests: readonly DocManifest[]): DocJudge {
  const { mutation, validation } = createAdmissions(createValidators())
  const configs = manifests.filter(({ kind }) => kind === 'PipelineConfig') as unknown as PipelineConfig[]
  const priorityClasses = manifests.filter(({ kind }) => kind === 'PriorityClass') as unknown as PriorityClass[]
  const known = { configs, priorityClasses }
  return (manifest) => {
    const type = admittedTypes.find(({ kind }) => kind === manifest.kind)
    if (type === undefined) return undefined
    const request = toRequest(manifest, toResourceName(type))
    const mutated = admit(mutation, request, known)
    if (!mutated.allowed) return mutated
    return admit(validation, { ...request, object: mutated.object ?? manifest }, known)
  }
}

/** A namespace that is under no policy and has no LimitRange. */
const noSetting = { setting: { namespace: 'team', limitRanges: [] }, isSettingLive: true }

const now = Date.parse('2026-01-01T00:00:00Z')
const user = { username: 'reader', uid: '', groups: [], extra: {} }

function toRequest(object: DocManifest, resource: string): AdmissionRequest {
  const metadata = { creationTimestamp: '2026-01-01T00:00:00Z', ...object.metadata }
  return {
    uid: 'uid-1',
    resource,
    subresource: undefined,
    operation: 'CREATE',
    namespace: 'team',
    name: object.metadata.name ?? '',
    user,
    dryRun: false,
    object: { ...object, metadata },
    oldObject: undefined,
  }
}

interface KnownObjects {
  readonly configs: readonly PipelineConfig[]
  readonly priorityClasses: readonly PriorityClass[]
}

function admit(admission: Admission, request: AdmissionRequest, known: KnownObjects) {
  let facts = createFacts(now, { image: 'c8s:test', strictReferences: true })
  for (let round = 0; round < 5; round += 1) {
    const needs = findMissing(admission.planReads(request, facts), facts)
    if (needs === undefined) break
    facts = answer(needs, facts, known)
  }
  return admission.admit(request, facts)
}

function answer(needs: FactNeeds, facts: Facts, { configs, priorityClasses }: KnownObjects): Facts {
  const { config, secrets = [], rights = [] } = needs
  const named = new Map(facts.configs)
  if (config !== undefined)
    named.set(
      config,
      configs.find(({ metadata }) => metadata.name === config),
    )
  const configNames = configs.flatMap(({ metadata }) => metadata.name ?? [])
  const present = new Map(facts.secrets)
  for (const name of secrets) present.set(name, { metadata: { name } })
  const granted = new Map(facts.rights)
  for (const question of rights) granted.set(toRightKey(question), true)
  const queueing = { rejects: false, teamQuotas: [], priorityClasses }
  const queues = { quotas: [], queueing, isQueueingLive: true }
  const rest = { connections: [], areConnectionsLive: true, ...queues, namespaceLabels: {}, ...noSetting }
  return { ...facts, ...rest, configs: named, secrets: present, rights: granted, configNames }
}

import { isDeepStrictEqual } from 'node:util'
import type { KubeError } from '../../src/kube/kube-error.ts'
import type {
  KubeApi,
  ListOptions,
  ObjectKey,
  Preconditions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../../src/kube/ports.ts'
import type { KubeList, KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { applyConfig, findConflicts, type Json, recordUpdate, toConfig } from './fake-kube/fields.ts'
import { FakeStore, type Stored } from './fake-kube/store.ts'
import {
  checkPreconditions,
  checkTarget,
  mergePatch,
  prepareCreate,
  prepareUpdate,
  refuse,
  toKind,
} from './fake-kube/writes.ts'
import { releaseIfJob } from './released-jobs.ts'

export interface FakeRequest {
  readonly verb: 'read' | 'list' | 'watch' | 'create' | 'replace' | 'patch' | 'apply' | 'remove'
  readonly type: ResourceType
  readonly key: ObjectKey
  readonly object?: object
  readonly options?: WriteOptions
}

export interface FakeKubeOptions {
  /** No webhook is in place: nobody lets the controller's Jobs go. */
  readonly isOutOfAdmission?: () => boolean
  readonly now?: () => number
  /** Answers SubjectAccessReviews; yes to all when left out. */
  readonly isAllowed?: (spec: Json) => boolean
  /** Runs before a request is carried out; throwing loses the request. */
  readonly before?: (request: FakeRequest) => void
  /** Runs when it has been carried out; throwing loses the reply. */
  readonly after?: (request: FakeRequest) => void
  /** Stands for the webhooks: sees an object before it is stored, gives back what is stored, throws to refuse. */
  readonly admit?: (request: FakeRequest, object: KubeObject, old: KubeObject | undefined) => KubeObject
}

/**
 * An API server in memory, proven by the contract suite of test/contract/kube-client.ts, which runs on a real one too. It
 * differs: namespaces need not exist, there is no schema, owned objects are collected at once, watches end only when told,
 * and server-side apply knows mergeable lists by a table of names (fake-kube/fields.ts).
 */
export class FakeKube implements KubeApi {
  readonly requests: FakeRequest[] = []
  readonly #options: FakeKubeOptions
  readonly #store = new FakeStore()
  #serial = 0

  constructor(options: FakeKubeOptions = {}) {
    this.#options = options
  }

  /** Ends every open watch: in good order, or with the error. */
  endWatches(error?: KubeError): void {
    this.#store.endWatches(error)
  }

  /** Forgets what happened so far: watches from an older resourceVersion get 410. */
  compact(): void {
    this.#store.compact()
  }

  /** Tells every watch that nothing happened. */
  sendBookmarks(): void {
    this.#store.bookmark()
  }

  async get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined> {
    return this.#run({ verb: 'read', type, key }, (request) => {
      checkTarget(request)
      return structuredClone(this.#store.find(type, key)?.object) as T | undefined
    })
  }

  async getMetadata(type: ResourceType, key: ObjectKey): Promise<KubeObject | undefined> {
    const object = await this.get(type, key)
    return object && { ...toKind(type), metadata: object.metadata }
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<KubeList<T>> {
    return this.#run({ verb: 'list', type, key: { name: '' } }, () => ({
      metadata: { resourceVersion: `${this.#store.version}` },
      items: structuredClone(this.#store.list(type, options)) as T[],
    }))
  }

  async *listPages<T extends KubeObject>(type: ResourceType, options: ListOptions): AsyncGenerator<KubeList<T>> {
    const { metadata, items } = await this.list<T>(type, options)
    const half = Math.ceil(items.length / 2)
    yield { metadata: { ...metadata, continue: 'second half' }, items: items.slice(0, half) }
    yield { metadata, items: items.slice(half) }
  }

  async *watch(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
    this.#run({ verb: 'watch', type, key: { name: '' } }, () => undefined)
    yield* this.#store.watch(type, options)
  }

  async create<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const key = this.#toKey(object)
    return this.#run({ verb: 'create', type, key, object, options }, (request) => {
      if (type.group === 'authorization.k8s.io') {
        const allowed = this.#options.isAllowed?.((object as unknown as Json)['spec'] as Json) ?? true
        return { ...structuredClone(object), status: { allowed } }
      }
      checkTarget(request)
      if (this.#store.find(type, key) !== undefined) {
        throw refuse(request, 409, 'AlreadyExists', `${type.plural} "${key.name}" already exists`)
      }
      return this.#insert(request, object) as T
    })
  }

  async replace<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#run({ verb: 'replace', type, key: this.#toKey(object), object, options }, (request) => {
      const found = this.#find(request)
      if (object.metadata.resourceVersion === undefined && type.group === 'c8s.dev') {
        throw refuse(request, 422, 'Invalid', 'metadata.resourceVersion: must be specified for an update')
      }
      checkPreconditions(request, found.object, object.metadata)
      return this.#update(request, found, toJson(object)) as T
    })
  }

  async patch<T extends KubeObject>(
    ...[type, key, patch, options = {}]: [ResourceType, ObjectKey, object, WriteOptions?]
  ): Promise<T> {
    return this.#run({ verb: 'patch', type, key, object: patch, options }, (request) => {
      const found = this.#find(request)
      checkPreconditions(request, found.object, toJson(patch)['metadata'] ?? {})
      return this.#update(request, found, mergePatch(found.object, toJson(patch)) as Json) as T
    })
  }

  async apply<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const key = this.#toKey(object)
    return this.#run({ verb: 'apply', type, key, object, options }, (request) => {
      checkTarget(request)
      if (this.#store.find(type, key) === undefined && options.subresource === undefined) {
        return this.#insert(request, object) as T
      }
      return this.#applyTo(request, this.#find(request)) as T
    })
  }

  async remove(type: ResourceType, key: ObjectKey, preconditions: Preconditions = {}): Promise<void> {
    return this.#run({ verb: 'remove', type, key }, (request) => {
      checkTarget(request)
      const found = this.#store.find(type, key)
      const { uid } = preconditions
      if (found !== undefined && (uid === undefined || uid === found.object.metadata.uid)) {
        checkPreconditions(request, found.object, preconditions)
        this.#delete(found)
      }
    })
  }

  #run<T>(request: FakeRequest, work: (request: FakeRequest) => T): T {
    this.requests.push(request)
    this.#options.before?.(request)
    const result = work(request)
    this.#options.after?.(request)
    return result
  }

  #find(request: FakeRequest): Stored {
    checkTarget(request)
    const found = this.#store.find(request.type, request.key)
    if (found === undefined) {
      throw refuse(request, 404, 'NotFound', `${request.type.plural} "${request.key.name}" not found`)
    }
    return found
  }

  #toKey({ metadata }: KubeObject): ObjectKey {
    const { name, generateName, namespace } = metadata
    this.#serial += 1
    const made = generateName === undefined ? '' : `${generateName}${this.#serial.toString(36).padStart(5, '0')}`
    return { name: name ?? made, ...(namespace === undefined ? {} : { namespace }) }
  }

  #insert(request: FakeRequest, object: object): KubeObject {
    this.#serial += 1
    const uid = `00000000-0000-4000-8000-${this.#serial.toString(16).padStart(12, '0')}`
    const at = new Date(this.#options.now?.() ?? Date.now()).toISOString().replace(/\.\d+Z$/, 'Z')
    const made = prepareCreate(request, structuredClone(toJson(object)), { uid, at })
    const given = this.#options.isOutOfAdmission?.() ? toObject(made) : releaseIfJob(request.type, toObject(made))
    const admitted = this.#options.admit?.(request, given, undefined) ?? given
    const manager = toManager(request)
    const owners = recordUpdate({}, { live: toConfig(toJson(admitted)), owners: new Map(), manager })
    return this.#save(request, { type: request.type, object: admitted, owners })
  }

  #update(request: FakeRequest, found: Stored, wanted: Json): KubeObject {
    const live = toJson(found.object)
    const next = prepareUpdate(request, live, wanted)
    const admitted = this.#options.admit?.(request, toObject(structuredClone(next)), found.object) ?? toObject(next)
    if (isDeepStrictEqual(admitted, found.object)) {
      return structuredClone(found.object)
    }
    const ownership = { live: toConfig(toJson(admitted)), owners: found.owners, manager: toManager(request) }
    return this.#save(request, { ...found, object: admitted, owners: recordUpdate(toConfig(live), ownership) })
  }

  #applyTo(request: FakeRequest, found: Stored): KubeObject {
    checkPreconditions(request, found.object, (request.object as KubeObject).metadata)
    const { status, ...rest } = toConfig(structuredClone(toJson(request.object ?? {})))
    const config = request.options?.subresource === 'status' ? { status } : rest
    const ownership = { live: toJson(found.object), owners: found.owners, manager: toManager(request) }
    const conflicts = findConflicts(config, ownership)
    if (conflicts.length > 0 && request.options?.force !== true) {
      throw refuse(request, 409, 'Conflict', `Apply failed with ${conflicts.length} conflicts: ${conflicts.join(' ')}`)
    }
    const applied = applyConfig(config, ownership)
    const next = prepareUpdate(request, toJson(found.object), applied.object)
    const admitted = this.#options.admit?.(request, toObject(structuredClone(next)), found.object) ?? toObject(next)
    if (isDeepStrictEqual(admitted, found.object)) {
      // Ownership changes all the same, without a new version: the real server writes it into managedFields.
      this.#store.setOwners(found, applied.owners)
      return structuredClone(found.object)
    }
    return this.#save(request, { ...found, object: admitted, owners: applied.owners })
  }

  #save(request: FakeRequest, next: Stored): KubeObject {
    if (request.options?.dryRun === true) {
      return structuredClone(next.object)
    }
    const saved = this.#store.put({ ...next, object: structuredClone(next.object) })
    const { deletionTimestamp, finalizers = [] } = saved.metadata
    if (deletionTimestamp !== undefined && finalizers.length === 0) {
      this.#delete({ ...next, object: saved })
    }
    return structuredClone(saved)
  }

  #delete(found: Stored): void {
    const { metadata } = found.object
    if ((metadata.finalizers ?? []).length === 0) {
      this.#store.drop(found)
      this.#collect(metadata.uid ?? '')
    } else if (metadata.deletionTimestamp === undefined) {
      const deletionTimestamp = new Date(this.#options.now?.() ?? Date.now()).toISOString().replace(/\.\d+Z$/, 'Z')
      this.#store.put({ ...found, object: { ...found.object, metadata: { ...metadata, deletionTimestamp } } })
    }
  }

  /** The garbage collector, without its delay: what this uid alone owned goes too. */
  #collect(uid: string): void {
    for (const owned of this.#store.listOwned(uid)) {
      if (owned.object.metadata.ownerReferences?.length === 1) {
        this.#delete(owned)
      }
    }
  }
}

function toManager({ verb, options }: FakeRequest): string {
  const operation = verb === 'apply' ? 'Apply' : 'Update'
  return `${options?.fieldManager ?? 'c8s'} ${operation} ${options?.subresource ?? ''}`
}

function toJson(object: object): Json {
  return object as Json
}

function toObject(json: Json): KubeObject {
  return json as unknown as KubeObject
}

import type { KubeList, KubeObject, ResourceType } from '../lib/kubernetes.ts'

export interface ObjectKey {
  readonly namespace?: string
  readonly name: string
}

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** Reads go to the API server each time; objects are the raw JSON. */
export interface KubeReader {
  /** undefined where the object does not exist; other failures throw KubeError. */
  get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined>
  /** As get, but the answer holds metadata only (PartialObjectMetadata): the way to look at a Secret without reading it. */
  getMetadata(type: ResourceType, key: ObjectKey): Promise<KubeObject | undefined>
  list<T extends KubeObject>(type: ResourceType, options?: ListOptions): Promise<KubeList<T>>
}

export interface WriteOptions {
  readonly fieldManager?: string
  readonly dryRun?: boolean
  readonly subresource?: 'status'
  readonly force?: boolean
}

export interface KubeWriter {
  /** Throws KubeError with status 409 and reason AlreadyExists where the name is taken. */
  create<T extends KubeObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>
  /** Replaces the whole object; its resourceVersion is the precondition. */
  replace<T extends KubeObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>
  /** JSON merge patch. */
  patch<T extends KubeObject>(type: ResourceType, key: ObjectKey, patch: object, options?: WriteOptions): Promise<T>
  /** Server-side apply. */
  apply<T extends KubeObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>
  /** No error where the object is gone already. Background propagation. */
  remove(type: ResourceType, key: ObjectKey, preconditions?: { readonly uid?: string }): Promise<void>
}

export type KubeClient = KubeReader & KubeWriter

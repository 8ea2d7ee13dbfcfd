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
  /** Without a namespace: of all namespaces. The items carry apiVersion and kind. */
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
  /**
   * Background propagation. No error where the object is gone already, or the name now belongs to another uid than the
   * one asked for; a resourceVersion that does not match is a Conflict.
   */
  remove(type: ResourceType, key: ObjectKey, preconditions?: Preconditions): Promise<void>
}

export interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

export type KubeClient = KubeReader & KubeWriter

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** Nothing happened up to this resourceVersion. */
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject }

export interface WatchOptions extends ListOptions {
  /** From a list or an earlier event; what happened after it is told. */
  readonly resourceVersion: string
  /** When the server is to end the watch by itself. */
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
}

/** What an informer needs; the adapter and the fake in test/helpers/fake-kube.ts have it. */
export interface KubeWatcher {
  /** Page by page, so that a large list never lies in memory whole. Throws KubeError 410 where a page came too late. */
  listPages<T extends KubeObject>(type: ResourceType, options: ListOptions): AsyncIterable<KubeList<T>>
  /** Ends when the server ends the watch in good order; throws KubeError on everything else (410: list anew). */
  watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent>
}

export type KubeApi = KubeClient & KubeWatcher

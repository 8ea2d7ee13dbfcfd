import { KubeError } from '../../../src/kube/kube-error.ts'
import type { ListOptions, WatchEvent, WatchOptions } from '../../../src/kube/ports.ts'
import type { KubeObject, ResourceType } from '../../../src/lib/kubernetes.ts'
import type { Owners } from './fields.ts'
import { matchesFields, matchesLabels } from './selectors.ts'

export interface Stored {
  readonly type: ResourceType
  readonly object: KubeObject
  readonly owners: Owners
}

interface HistoryEntry {
  readonly version: number
  /** undefined: a bookmark for everybody. */
  readonly type?: ResourceType
  readonly before?: KubeObject
  readonly after?: KubeObject
}

/** What etcd and the watch cache are to the real server: objects by name, one version counter, a history to watch. */
export class FakeStore {
  version = 1
  readonly #stored = new Map<string, Stored>()
  readonly #history: HistoryEntry[] = []
  #compactedAt = 0
  #ends = 0
  #endError: KubeError | undefined
  #changed = Promise.withResolvers<void>()

  find(type: ResourceType, key: { namespace?: string; name: string }): Stored | undefined {
    return this.#stored.get(toId(type, key))
  }

  list(type: ResourceType, options: ListOptions): KubeObject[] {
    return [...this.#stored.values()]
      .filter((stored) => stored.type.plural === type.plural && stored.type.group === type.group)
      .map(({ object }) => object)
      .filter((object) => isSelected(options, object))
      .toSorted((a, b) => (toName(a) < toName(b) ? -1 : 1))
  }

  /** Objects that name this uid as an owner. */
  listOwned(uid: string): Stored[] {
    return [...this.#stored.values()].filter(({ object }) =>
      object.metadata.ownerReferences?.some((reference) => reference.uid === uid),
    )
  }

  put({ type, object, owners }: Stored): KubeObject {
    const id = toId(type, { ...object.metadata, name: object.metadata.name ?? '' })
    const before = this.#stored.get(id)?.object
    this.version += 1
    const after = { ...object, metadata: { ...object.metadata, resourceVersion: `${this.version}` } }
    this.#stored.set(id, { type, object: after, owners })
    this.#record({ version: this.version, type, after, ...(before === undefined ? {} : { before }) })
    return after
  }

  setOwners({ type, object }: Stored, owners: Owners): void {
    const id = toId(type, { ...object.metadata, name: object.metadata.name ?? '' })
    this.#stored.set(id, { type, object, owners })
  }

  drop({ type, object }: Stored): void {
    this.#stored.delete(toId(type, { ...object.metadata, name: object.metadata.name ?? '' }))
    this.version += 1
    this.#record({
      version: this.version,
      type,
      before: { ...object, metadata: { ...object.metadata, resourceVersion: `${this.version}` } },
    })
  }

  bookmark(): void {
    this.version += 1
    this.#record({ version: this.version })
  }

  compact(): void {
    this.#compactedAt = this.version
  }

  endWatches(error?: KubeError): void {
    this.#ends += 1
    this.#endError = error
    this.#wake()
  }

  async *watch(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const after = Number(options.resourceVersion)
    if (after < this.#compactedAt) {
      const detail = `too old resource version: ${after} (${this.#compactedAt})`
      throw new KubeError(`watch ${type.plural}`, { status: 410, reason: 'Expired', detail })
    }
    const ends = this.#ends
    let position = this.#history.findIndex((entry) => entry.version > after)
    position = position === -1 ? this.#history.length : position
    const aborted = new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve()))
    while (!options.signal.aborted) {
      const changed = this.#changed.promise
      if (ends !== this.#ends) {
        if (this.#endError !== undefined) {
          throw this.#endError
        }
        return
      }
      for (let entry = this.#history[position]; entry !== undefined; entry = this.#history[position]) {
        position += 1
        yield* toWatchEvents(entry, type, options)
      }
      await Promise.race([changed, aborted])
    }
    throw new KubeError(`watch ${type.plural}`, { status: 0, reason: 'Aborted', detail: 'given up by the caller' })
  }

  #record(entry: HistoryEntry): void {
    this.#history.push(entry)
    this.#wake()
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }
}

/** An object that comes into the selector is added for that watch, one that leaves it is deleted. */
function toWatchEvents(entry: HistoryEntry, type: ResourceType, options: ListOptions): WatchEvent[] {
  if (entry.type === undefined) {
    const metadata = { resourceVersion: `${entry.version}` }
    return [{ type: 'BOOKMARK', object: { metadata } }]
  }
  if (entry.type.plural !== type.plural || entry.type.group !== type.group) {
    return []
  }
  const wasIn = entry.before !== undefined && isSelected(options, entry.before)
  const isIn = entry.after !== undefined && isSelected(options, entry.after)
  const object = structuredClone(isIn ? entry.after : entry.before)
  if (object === undefined || (!wasIn && !isIn)) {
    return []
  }
  const metadata = { ...object.metadata, resourceVersion: `${entry.version}` }
  const kind = isIn ? (wasIn ? ('MODIFIED' as const) : ('ADDED' as const)) : ('DELETED' as const)
  return [{ type: kind, object: { ...object, metadata } }]
}

function isSelected(options: ListOptions, object: KubeObject): boolean {
  return (
    (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
    matchesLabels(options.labelSelector, object) &&
    matchesFields(options.fieldSelector, object)
  )
}

function toId(type: ResourceType, key: { namespace?: string; name: string }): string {
  return `${type.group}/${type.plural} ${type.namespaced ? (key.namespace ?? '') : ''}/${key.name}`
}

function toName({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`
}

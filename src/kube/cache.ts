import type { KubeObject } from '../lib/kubernetes.ts'
import type { ObjectKey } from './ports.ts'

/** What happened to one name. An object that was replaced under its name is removed first and then added. */
export interface Change<T extends KubeObject = KubeObject> {
  readonly kind: 'added' | 'changed' | 'removed'
  readonly key: ObjectKey
  /** As it is now; when removed, as it was last. */
  readonly object: T
  readonly previous?: T
}

export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[]

interface Entry<T extends KubeObject> {
  readonly uid: string
  readonly version: string
  readonly object: T
}

/** Objects by name, and by whatever the indexes say. Pure: what came in decides what is told. */
export class ObjectCache<T extends KubeObject> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #indexes: ReadonlyMap<string, { readonly of: IndexFunction<T>; readonly ids: Map<string, Set<string>> }>
  readonly #transform: (object: T) => T

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>>, transform: (object: T) => T) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, of]) => [name, { of, ids: new Map() }]))
    this.#transform = transform
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: ObjectKey): T | undefined {
    return this.#entries.get(toId(key))?.object
  }

  list(): T[] {
    return Array.from(this.#entries.values(), ({ object }) => object)
  }

  getByIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name)
    if (index === undefined) {
      throw new Error(`there is no index ${name}`)
    }
    return Array.from(index.ids.get(value) ?? [], (id) => this.#entries.get(id)?.object).filter(
      (found) => found !== undefined,
    )
  }

  upsert(raw: T): Change<T>[] {
    const key = toKey(raw)
    const { uid = '', resourceVersion: version = '' } = raw.metadata
    const before = this.#entries.get(toId(key))
    if (before !== undefined && before.uid === uid && before.version === version) {
      return []
    }
    const isReplaced = before !== undefined && before.uid !== uid
    const removed = isReplaced ? this.remove(key) : []
    const object = this.#transform(raw)
    this.#put(toId(key), { uid, version, object })
    return before === undefined || isReplaced
      ? [...removed, { kind: 'added', key, object }]
      : [{ kind: 'changed', key, object, previous: before.object }]
  }

  /** With a uid: only where the name still belongs to it. */
  remove(key: ObjectKey, uid?: string): Change<T>[] {
    const id = toId(key)
    const before = this.#entries.get(id)
    if (before === undefined || (uid !== undefined && uid !== before.uid)) {
      return []
    }
    this.#entries.delete(id)
    this.#eachIndexed(before.object, (ids, value) => {
      ids.get(value)?.delete(id)
      if (ids.get(value)?.size === 0) {
        ids.delete(value)
      }
    })
    return [{ kind: 'removed', key, object: before.object }]
  }

  /** Removes every object whose name was not seen. */
  retain(seen: ReadonlySet<string>): Change<T>[] {
    return [...this.#entries].filter(([id]) => !seen.has(id)).flatMap(([, { object }]) => this.remove(toKey(object)))
  }

  #put(id: string, entry: Entry<T>): void {
    const before = this.#entries.get(id)
    if (before !== undefined) {
      this.#eachIndexed(before.object, (ids, value) => ids.get(value)?.delete(id))
    }
    this.#entries.set(id, entry)
    this.#eachIndexed(entry.object, (ids, value) => ids.set(value, (ids.get(value) ?? new Set()).add(id)))
  }

  #eachIndexed(object: T, act: (ids: Map<string, Set<string>>, value: string) => void): void {
    for (const { of, ids } of this.#indexes.values()) {
      for (const value of of(object)) {
        act(ids, value)
      }
    }
  }
}

export function toKey({ metadata }: KubeObject): ObjectKey {
  const { name = '', namespace } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** One string for a key; names hold no slash. */
export function toId({ namespace = '', name }: ObjectKey): string {
  return `${namespace}/${name}`
}

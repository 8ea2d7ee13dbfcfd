/**
 * Who owns which field, as server-side apply keeps it, but simpler than the real thing: fields are leaves of the JSON, and
 * lists are merged by a key only where their name is in this table; every other list is one leaf.
 */
const listKeys: Readonly<Record<string, string>> = {
  conditions: 'type',
  steps: 'name',
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  ownerReferences: 'uid',
  webhooks: 'name',
}

export type Json = Record<string, unknown>
/** A path as JSON text: ["status","conditions","[Ready]","reason"]. */
export type Owners = Map<string, Set<string>>

export interface Ownership {
  readonly live: Json
  readonly owners: Owners
  readonly manager: string
}

/** Without what identifies the object, which nobody owns. */
export function toConfig({ apiVersion: _version, kind: _kind, ...object }: Json): Json {
  const { metadata, ...rest } = object
  const { labels, annotations, finalizers, ownerReferences } = (metadata ?? {}) as Json
  const owned = Object.entries({ labels, annotations, finalizers, ownerReferences }).filter(
    ([, value]) => value !== undefined,
  )
  return owned.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(owned) }
}

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Leaves by path. */
export function flatten(value: unknown, path: readonly string[] = [], into = new Map<string, unknown>()) {
  const children = toChildren(value, path.at(-1))
  if (children === undefined || children.length === 0) {
    into.set(JSON.stringify(path), value)
  }
  for (const [segment, child] of children ?? []) {
    flatten(child, [...path, segment], into)
  }
  return into
}

function toChildren(value: unknown, name: string | undefined): [string, unknown][] | undefined {
  if (isMap(value)) {
    return Object.entries(value).filter(([, child]) => child !== undefined)
  }
  const key = listKeys[name ?? '']
  return Array.isArray(value) && key !== undefined && value.every(isMap)
    ? value.map((item) => [`[${String(item[key])}]`, item])
    : undefined
}

/** After a create, replace or patch: whoever changed a leaf owns it alone. */
export function recordUpdate(before: Json, ownership: Ownership): Owners {
  const old = flatten(before)
  const owners: Owners = new Map()
  for (const [path, value] of flatten(ownership.live)) {
    const isSame = old.has(path) && JSON.stringify(old.get(path)) === JSON.stringify(value)
    owners.set(path, isSame ? (ownership.owners.get(path) ?? new Set()) : new Set([ownership.manager]))
  }
  return owners
}

/** Paths that another manager set to another value. */
export function findConflicts(config: Json, { live, owners, manager }: Ownership): string[] {
  const current = flatten(live)
  return [...flatten(config)]
    .filter(([path, value]) => current.has(path) && JSON.stringify(current.get(path)) !== JSON.stringify(value))
    .filter(([path]) => [...(owners.get(path) ?? [])].some((owner) => owner !== manager))
    .map(([path]) => path)
}

/** The live object with the config's leaves set, and those dropped that this manager alone had applied before. */
export function applyConfig(config: Json, { live, owners, manager }: Ownership): { object: Json; owners: Owners } {
  const object = structuredClone(live)
  const wanted = flatten(config)
  const current = flatten(live)
  const next: Owners = new Map([...owners].map(([path, names]) => [path, new Set(names)]))
  const dropped: string[][] = []
  for (const [path, names] of next) {
    if (names.has(manager) && !wanted.has(path)) {
      names.delete(manager)
      if (names.size === 0) {
        next.delete(path)
        dropped.push(JSON.parse(path) as string[])
      }
    }
  }
  // An item of a list is found by its key, so that goes last.
  for (const path of dropped.sort((one, other) => Number(isItemKey(one)) - Number(isItemKey(other)))) {
    removeLeaf(object, path)
  }
  for (const [path, value] of wanted) {
    const isSame = current.has(path) && JSON.stringify(current.get(path)) === JSON.stringify(value)
    next.set(path, new Set([...(isSame ? (next.get(path) ?? []) : []), manager]))
    if (!isSame && !isHeld(path, value, current)) {
      setLeaf(object, JSON.parse(path) as string[], value)
    }
  }
  return { object, owners: next }
}

/** An empty map takes nothing away from the managers of what is in it. */
function isHeld(path: string, value: unknown, current: ReadonlyMap<string, unknown>): boolean {
  const prefix = `${path.slice(0, -1)},`
  return isMap(value) && [...current.keys()].some((other) => other.startsWith(prefix))
}

function isItemKey(path: readonly string[]): boolean {
  const [list = '', , key] = path.slice(-3)
  return key !== undefined && listKeys[list] === key
}

function setLeaf(root: Json, path: readonly string[], value: unknown): void {
  let at: Json = root
  path.slice(0, -1).forEach((segment, index) => {
    const next = path[index + 1] ?? ''
    at = next.startsWith('[') && listKeys[segment] !== undefined ? findItem(at, segment, next) : findMap(at, segment)
  })
  const last = path.at(-1) ?? ''
  if (!last.startsWith('[')) {
    at[last] = structuredClone(value)
  }
}

function findMap(at: Json, segment: string): Json {
  if (segment.startsWith('[')) {
    return at
  }
  if (!isMap(at[segment])) {
    at[segment] = {}
  }
  return at[segment] as Json
}

function findItem(at: Json, listName: string, item: string): Json {
  const key = listKeys[listName] ?? ''
  const name = item.slice(1, -1)
  if (!Array.isArray(at[listName])) {
    at[listName] = []
  }
  const list = at[listName] as Json[]
  const found = list.find((entry) => String(entry[key]) === name)
  if (found !== undefined) {
    return found
  }
  const made: Json = { [key]: name }
  list.push(made)
  return made
}

/** Removes the leaf, and the maps and list items that are empty without it. */
function removeLeaf(at: Json, path: readonly string[]): void {
  const [segment = '', ...rest] = path
  const child = at[segment]
  if (rest.length === 0) {
    delete at[segment]
    return
  }
  if (Array.isArray(child)) {
    const key = listKeys[segment] ?? ''
    const item = (child as Json[]).find((entry) => `[${String(entry[key])}]` === rest[0])
    if (item !== undefined) {
      removeLeaf(item, rest.slice(1))
    }
    at[segment] = (child as Json[]).filter((entry) => Object.keys(entry).length > 0)
  } else if (isMap(child)) {
    removeLeaf(child, rest)
  }
  const left = at[segment]
  if ((Array.isArray(left) && left.length === 0) || (isMap(left) && Object.keys(left).length === 0)) {
    delete at[segment]
  }
}

import type { KubeList, KubeObject, ResourceType } from '../lib/kubernetes.ts'
import type { KubeConnection } from './connection.ts'
import { type ExchangeOptions, exchange } from './exchange.ts'
import { isExpired, isNotFound } from './kube-error.ts'
import { toCollectionPath, toLabel, toObjectPath, toQuery } from './paths.ts'
import type { KubeReader, ListOptions, ObjectKey } from './ports.ts'

/** What the parts of the adapter share. */
export interface AdapterShell extends ExchangeOptions {
  readonly connection: KubeConnection
  readonly fieldManager: string
}

const pageSize = 500
/**
 * For what is kept transformed, item by item: a page's text and tree are garbage at once, and small ones die young. 30 lists of
 * 1,000 pods end at 83 MB with 20 a page and at 183 MB with 500 (docs/adr/0010-kube-client.md).
 */
const streamedPageSize = 20
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

export function createReader(shell: AdapterShell): KubeReader {
  return {
    get: async <T extends KubeObject>(type: ResourceType, key: ObjectKey) =>
      (await readObject(shell, { type, key, accept: 'application/json' })) as T | undefined,
    getMetadata: (type, key) => readObject(shell, { type, key, accept: metadataOnly }),
    list: <T extends KubeObject>(type: ResourceType, options: ListOptions = {}) => readList<T>(shell, type, options),
  }
}

/** The pages of one consistent list; a page that comes after its resourceVersion was compacted throws 410. */
export async function* readPages<T extends KubeObject>(
  shell: AdapterShell,
  type: ResourceType,
  options: PageOptions,
): AsyncGenerator<KubeList<T>> {
  let token: string | undefined
  do {
    const limit = options.limit ?? streamedPageSize
    const page: KubeList<T> = await readPage(shell, type, { ...options, limit, continue: token })
    yield page
    token = page.metadata.continue === '' ? undefined : page.metadata.continue
  } while (token !== undefined)
}

/** The object as it came, with apiVersion and kind, which the server leaves out of list items and metadata reads change. */
export function nameKind<T extends KubeObject>(type: ResourceType, object: T): T {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  return Object.assign(object, { apiVersion, kind: type.kind })
}

interface ReadTarget {
  readonly type: ResourceType
  readonly key: ObjectKey
  readonly accept: string
}

async function readObject(shell: AdapterShell, target: ReadTarget): Promise<KubeObject | undefined> {
  const { type, key, accept } = target
  const call = {
    action: `read ${toLabel(type, key)}`,
    method: 'GET' as const,
    path: toObjectPath(type, key),
    accept,
    isRepeatable: true,
    isSecret: type.plural === 'secrets',
  }
  try {
    return nameKind(type, (await exchange(shell.connection, call, shell)) as KubeObject)
  } catch (error) {
    if (isNotFound(error)) {
      return undefined
    }
    throw error
  }
}

async function readList<T extends KubeObject>(
  shell: AdapterShell,
  type: ResourceType,
  options: ListOptions,
): Promise<KubeList<T>> {
  const items: T[] = []
  let resourceVersion: string | undefined
  try {
    for await (const page of readPages<T>(shell, type, { ...options, limit: pageSize })) {
      items.push(...page.items)
      resourceVersion = page.metadata.resourceVersion
    }
    return { metadata: resourceVersion === undefined ? {} : { resourceVersion }, items }
  } catch (error) {
    if (isExpired(error)) {
      // The list took longer than the server keeps history: once more in one piece, as client-go's pager does.
      return readPage(shell, type, options)
    }
    throw error
  }
}

interface PageOptions extends ListOptions {
  readonly limit?: number
  readonly continue?: string | undefined
}

async function readPage<T extends KubeObject>(
  shell: AdapterShell,
  type: ResourceType,
  options: PageOptions,
): Promise<KubeList<T>> {
  const { namespace, ...query } = options
  const call = {
    action: `list ${toLabel(type, namespace === undefined ? {} : { namespace })}`,
    method: 'GET' as const,
    path: `${toCollectionPath(type, namespace)}${toQuery({ ...query })}`,
    isRepeatable: true,
    isSecret: type.plural === 'secrets',
  }
  const list = (await exchange(shell.connection, call, shell)) as KubeList<T>
  // Go writes an empty list as null.
  for (const item of list.items ?? []) {
    nameKind(type, item)
  }
  return { metadata: list.metadata, items: list.items ?? [] }
}

import type { KubeObject, ResourceType } from '../lib/kubernetes.ts'
import { exchange } from './exchange.ts'
import { isNotFound, KubeError } from './kube-error.ts'
import { toCollectionPath, toLabel, toObjectPath, toQuery } from './paths.ts'
import type { KubeWriter, ObjectKey, Preconditions, WriteOptions } from './ports.ts'
import { type AdapterShell, nameKind } from './reader.ts'

export function createWriter(shell: AdapterShell): KubeWriter {
  return {
    create: <T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}) =>
      write<T>(shell, { verb: 'create', type, object: { ...object }, options, method: 'POST' }),
    replace: <T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}) =>
      write<T>(shell, { verb: 'replace', type, object: { ...object }, options, method: 'PUT' }),
    patch: <T extends KubeObject>(...[type, key, patch, options = {}]: Parameters<KubeWriter['patch']>) =>
      write<T>(shell, { ...patchKind('merge-patch+json'), type, key, object: patch, options }),
    apply: <T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}) =>
      write<T>(shell, { ...patchKind('apply-patch+yaml'), verb: 'apply', type, object: { ...object }, options }),
    remove: (type, key, preconditions) => removeObject(shell, { type, key, preconditions }),
  }
}

interface Write {
  readonly verb: string
  readonly method: 'POST' | 'PUT' | 'PATCH'
  readonly type: ResourceType
  readonly key?: ObjectKey
  readonly object: object
  readonly contentType?: string
  readonly options: WriteOptions
}

/** Server-side apply is sent as YAML by name; JSON is YAML. */
function patchKind(name: 'merge-patch+json' | 'apply-patch+yaml') {
  return { verb: 'patch', method: 'PATCH' as const, contentType: `application/${name}` }
}

async function write<T extends KubeObject>(shell: AdapterShell, change: Write): Promise<T> {
  const { type, options } = change
  const key = change.key ?? toKey(change.object as KubeObject)
  const path =
    change.method === 'POST'
      ? toCollectionPath(type, requireNamespace(type, key))
      : toObjectPath(type, key, options.subresource)
  const query = toQuery({
    fieldManager: options.fieldManager ?? shell.fieldManager,
    dryRun: options.dryRun === true ? 'All' : undefined,
    force: change.contentType?.includes('apply') === true && options.force === true ? true : undefined,
  })
  const subresource = options.subresource === undefined ? '' : ` (${options.subresource})`
  const call = {
    action: `${change.verb} ${toLabel(type, key)}${subresource}`,
    method: change.method,
    path: `${path}${query}`,
    body: change.verb === 'patch' ? change.object : nameKind(type, change.object as KubeObject),
    ...(change.contentType === undefined ? {} : { contentType: change.contentType }),
    // A review is a question that is asked by POST; nothing is stored.
    isRepeatable: type.group === 'authorization.k8s.io',
    isSecret: type.plural === 'secrets',
  }
  return (await exchange(shell.connection, call, shell)) as T
}

function toKey(object: KubeObject): ObjectKey {
  const { name, generateName, namespace } = object.metadata ?? {}
  return {
    name: name ?? (generateName === undefined ? '' : `${generateName}*`),
    ...(namespace === undefined ? {} : { namespace }),
  }
}

function requireNamespace(type: ResourceType, key: ObjectKey): string | undefined {
  if (type.namespaced && (key.namespace ?? '') === '') {
    const detail = 'metadata.namespace is needed'
    throw new KubeError(`create ${toLabel(type, key)}`, { status: 400, reason: 'BadRequest', detail })
  }
  return key.namespace
}

interface Removal {
  readonly type: ResourceType
  readonly key: ObjectKey
  readonly preconditions: Preconditions | undefined
}

async function removeObject(shell: AdapterShell, removal: Removal): Promise<void> {
  const { type, key, preconditions } = removal
  const call = {
    action: `remove ${toLabel(type, key)}`,
    method: 'DELETE' as const,
    path: toObjectPath(type, key),
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(preconditions === undefined ? {} : { preconditions }),
    },
    isRepeatable: false,
    isSecret: type.plural === 'secrets',
  }
  try {
    await exchange(shell.connection, call, shell)
  } catch (error) {
    if (!isNotFound(error) && !isOtherUid(error)) {
      throw error
    }
  }
}

/** The server tells its two preconditions apart only in its sentence, and has two sentences for this one. */
function isOtherUid(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && /UID in (the )?precondition/.test(error.detail)
}

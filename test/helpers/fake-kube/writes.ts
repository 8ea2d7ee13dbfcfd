import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../../src/kube/kube-error.ts'
import type { ObjectKey, Preconditions, WriteOptions } from '../../../src/kube/ports.ts'
import type { KubeObject, ResourceType } from '../../../src/lib/kubernetes.ts'
import { isMap, type Json } from './fields.ts'

/** The rules of a write that do not depend on what is stored elsewhere. */

const nameForm = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
/** Groups whose kinds keep status apart and count generations. */
const statusGroups = ['c8s.dev', 'batch']
const statusKinds = ['pods']

export interface WriteTarget {
  readonly verb: string
  readonly type: ResourceType
  readonly key: ObjectKey
  readonly options?: WriteOptions
}

export function hasStatus(type: ResourceType): boolean {
  return statusGroups.includes(type.group) || statusKinds.includes(type.plural)
}

export function refuse(target: WriteTarget, ...[status, reason, detail]: [number, string, string]): KubeError {
  const { verb, type, key } = target
  return new KubeError(`${verb} ${type.plural} ${key.namespace ?? ''}/${key.name}`, { status, reason, detail })
}

export function checkTarget(target: WriteTarget): void {
  if (target.type.namespaced && (target.key.namespace ?? '') === '') {
    throw refuse(target, 400, 'BadRequest', 'metadata.namespace is needed')
  }
  if (target.key.name === '' || /[/%]/.test(target.key.name) || ['.', '..'].includes(target.key.name)) {
    throw refuse(target, 400, 'BadRequest', `${JSON.stringify(target.key.name)} cannot be a name`)
  }
  if (!nameForm.test(target.key.name) && target.verb !== 'read') {
    throw refuse(target, 422, 'Invalid', `metadata.name: Invalid value: "${target.key.name}"`)
  }
}

export function checkPreconditions(target: WriteTarget, live: KubeObject, wanted: Preconditions): void {
  const { uid, resourceVersion } = live.metadata
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    throw refuse(target, 409, 'Conflict', `the UID in the precondition (${wanted.uid}) does not match (${uid})`)
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw refuse(
      target,
      409,
      'Conflict',
      'the object has been modified; please apply your changes to the latest version',
    )
  }
}

/** What a create stores: identity from the server, no status where it has a subresource of its own. */
export function prepareCreate(target: WriteTarget, object: Json, stamp: { uid: string; at: string }): Json {
  const { type, key } = target
  const metadata = { ...(object['metadata'] as Json) }
  if (metadata['resourceVersion'] !== undefined && metadata['resourceVersion'] !== '') {
    throw refuse(target, 400, 'BadRequest', 'resourceVersion should not be set on objects to be created')
  }
  const { status, ...rest } = object
  return {
    ...rest,
    ...(hasStatus(type) || status === undefined ? {} : { status }),
    ...toKind(type),
    metadata: {
      ...metadata,
      ...key,
      uid: stamp.uid,
      creationTimestamp: stamp.at,
      ...(hasStatus(type) ? { generation: 1 } : {}),
    },
  }
}

/** What an update stores: a status write changes only the status, any other write everything else. */
export function prepareUpdate(target: WriteTarget, live: Json, object: Json): Json {
  const isStatus = target.options?.subresource === 'status'
  const next: Json = isStatus ? { ...live, status: object['status'] } : { ...object, ...toKind(target.type) }
  if (!isStatus && hasStatus(target.type)) {
    next['status'] = live['status']
  }
  if (next['status'] === undefined) {
    delete next['status']
  }
  next['metadata'] = isStatus ? live['metadata'] : keepIdentity(live['metadata'] as Json, next['metadata'] as Json)
  if (hasStatus(target.type) && !isDeepStrictEqual(toSpec(live), toSpec(next))) {
    const generation = Number((live['metadata'] as Json)['generation']) + 1
    next['metadata'] = { ...(next['metadata'] as Json), generation }
  }
  // A write that changes nothing makes no new version and no event.
  return isDeepStrictEqual(next, live) ? live : next
}

function toSpec({ metadata: _metadata, status: _status, ...spec }: Json): Json {
  return spec
}

function keepIdentity(old: Json, wanted: Json): Json {
  const fixed = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'generation']
  const kept = Object.fromEntries(fixed.filter((name) => old[name] !== undefined).map((name) => [name, old[name]]))
  const free = Object.fromEntries(Object.entries(wanted).filter(([name]) => !fixed.includes(name)))
  return { ...free, ...kept }
}

export function toKind(type: ResourceType): { apiVersion: string; kind: string } {
  return { apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`, kind: type.kind }
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) {
    return structuredClone(patch)
  }
  const result: Json = isMap(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[name]
    } else if (value !== undefined) {
      result[name] = mergePatch(result[name], value)
    }
  }
  return result
}

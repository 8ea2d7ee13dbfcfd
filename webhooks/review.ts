import type { KubeObject, UserInfo } from '../src/lib/kubernetes.ts'
import { isRecord, type JsonRecord, toRecord } from './json.ts'
import { isObjectMeta, isStringList, isStringMap } from './object-meta.ts'
import { type AdmissionRequest, admittedTypes, operations, toResourceName } from './request.ts'

export type ParsedReview =
  | { readonly ok: true; readonly request: AdmissionRequest }
  /** `uid` where one could be read, so that the API server can match the answer. */
  | { readonly ok: false; readonly uid: string | undefined; readonly message: string }

const reviewVersion = 'admission.k8s.io/v1'
const maxUid = 256

class Malformed extends Error {}

/** Reads an AdmissionReview. Whatever the bytes are, it answers; it never throws. */
export function parseReview(bytes: Uint8Array): ParsedReview {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return { ok: false, uid: undefined, message: 'the body is not JSON in UTF-8' }
  }
  try {
    return { ok: true, request: readReview(body) }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { ok: false, uid: readUid(toRecord(toRecord(body)['request'])), message: error.message }
  }
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Malformed(message)
}

function readReview(body: unknown): AdmissionRequest {
  check(isRecord(body), 'the body is not an AdmissionReview')
  check(
    body['apiVersion'] === reviewVersion && body['kind'] === 'AdmissionReview',
    `apiVersion and kind must be ${reviewVersion} AdmissionReview`,
  )
  const request = body['request']
  check(isRecord(request), 'request is missing')
  const uid = readUid(request)
  check(uid !== undefined, 'request.uid is missing')
  const operation = operations.find((known) => known === request['operation'])
  check(operation !== undefined, `request.operation must be one of ${operations.join(', ')}`)
  const resource = readResource(request)
  const object = readObject(request, 'object')
  const oldObject = readObject(request, 'oldObject')
  check(object !== undefined || !writes.has(operation), `request.object is missing on ${operation}`)
  check(oldObject !== undefined || operation !== 'UPDATE', 'request.oldObject is missing on UPDATE')
  const dryRun = request['dryRun'] ?? false
  check(typeof dryRun === 'boolean', 'request.dryRun must be a boolean')
  return {
    uid,
    operation,
    ...resource,
    namespace: readText(request, 'namespace'),
    name: findName(request, object ?? oldObject),
    user: readUser(request['userInfo']),
    dryRun,
    object,
    oldObject,
  }
}

const writes: ReadonlySet<string> = new Set(['CREATE', 'UPDATE'])

function readUid(request: JsonRecord): string | undefined {
  const uid = request['uid']
  return typeof uid === 'string' && uid !== '' && uid.length <= maxUid ? uid : undefined
}

function readText(record: JsonRecord, key: string): string {
  const value = record[key] ?? ''
  check(typeof value === 'string', `request.${key} must be text`)
  return value
}

function readResource(request: JsonRecord): Pick<AdmissionRequest, 'resource' | 'subresource'> {
  const resource = request['resource']
  const kind = request['kind']
  check(isRecord(resource) && isStringMap(resource), 'request.resource must name group, version and resource')
  check(isRecord(kind) && isStringMap(kind), 'request.kind must name group, version and kind')
  const { group = '', resource: plural = '' } = resource
  check(plural !== '', 'request.resource.resource is empty')
  const name = toResourceName({ group, plural })
  const subresource = readText(request, 'subResource')
  const known = admittedTypes.find((type) => toResourceName(type) === name)
  if (known !== undefined && (subresource === '' || subresource === 'status')) {
    const { version } = known
    const matches = kind['group'] === group && kind['version'] === version && kind['kind'] === known.kind
    check(matches && resource['version'] === version, `resource ${name} must be ${known.kind} of ${group}/${version}`)
    checkKinds(request, `${group}/${version}`, known.kind)
  }
  return { resource: name, subresource: subresource === '' ? undefined : subresource }
}

/** What is asked about and what is sent must be one kind: else an object could be judged by another kind's rules. */
function checkKinds(request: JsonRecord, apiVersion: string, kind: string): void {
  for (const key of ['object', 'oldObject']) {
    const object = request[key]
    if (!isRecord(object)) continue
    check(
      object['apiVersion'] === apiVersion && object['kind'] === kind,
      `request.${key} is not a ${kind} of ${apiVersion}`,
    )
  }
}

function readObject(request: JsonRecord, key: 'object' | 'oldObject'): KubeObject | undefined {
  const object = request[key] ?? undefined
  if (object === undefined) return undefined
  check(isRecord(object), `request.${key} must be an object`)
  check(isObjectMeta(object['metadata']), `request.${key}.metadata has a field of a wrong type`)
  return { ...object, metadata: object['metadata'] }
}

/** A generated name is in the object before it is in the request. */
function findName(request: JsonRecord, object: KubeObject | undefined): string {
  const asked = readText(request, 'name')
  return asked === '' ? (object?.metadata.name ?? '') : asked
}

function readUser(value: unknown): UserInfo {
  check(isRecord(value), 'request.userInfo is missing')
  const { username, uid = '', groups = [], extra = {} } = value
  check(typeof username === 'string', 'request.userInfo.username must be text')
  check(typeof uid === 'string', 'request.userInfo.uid must be text')
  check(isStringList(groups ?? []), 'request.userInfo.groups must be a list of texts')
  check(isRecord(extra ?? {}), 'request.userInfo.extra must be a map')
  const lists = Object.entries(extra ?? {})
  const known = Object.fromEntries(lists.filter((entry): entry is [string, string[]] => isStringList(entry[1])))
  check(Object.keys(known).length === lists.length, 'request.userInfo.extra must be a map of lists of texts')
  return { username, uid, groups: isStringList(groups) ? groups : [], extra: known }
}

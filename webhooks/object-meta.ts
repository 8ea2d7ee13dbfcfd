import type { ObjectMeta } from '../src/lib/kubernetes.ts'
import { isRecord } from './json.ts'

const texts = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp']
const owners = ['apiVersion', 'kind', 'name', 'uid']

export function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

export function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string')
}

const isAbsent = (value: unknown) => value === undefined || value === null

/** Does metadata have the types that the API server promises? It checks them before it asks; anybody else may not have. */
export function isObjectMeta(value: unknown): value is ObjectMeta {
  if (!isRecord(value)) return false
  const { labels, annotations, ownerReferences, finalizers, generation } = value
  return (
    texts.every((key) => isAbsent(value[key]) || typeof value[key] === 'string') &&
    [labels, annotations].every((map) => isAbsent(map) || isStringMap(map)) &&
    (isAbsent(ownerReferences) || (Array.isArray(ownerReferences) && ownerReferences.every(isOwner))) &&
    (isAbsent(finalizers) || isStringList(finalizers)) &&
    (isAbsent(generation) || typeof generation === 'number')
  )
}

function isOwner(value: unknown): boolean {
  return isRecord(value) && owners.every((key) => typeof value[key] === 'string')
}

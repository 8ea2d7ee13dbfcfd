import type { ResourceType } from '../lib/kubernetes.ts'
import { KubeError } from './kube-error.ts'
import type { ObjectKey } from './ports.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** `jobs team-a/unit-1`, as messages name an object. */
export function toLabel(type: ResourceType, key: Partial<ObjectKey>): string {
  const name = [key.namespace, key.name].filter((part) => part !== undefined && part !== '').join('/')
  return name === '' ? type.plural : `${type.plural} ${name}`
}

export function toCollectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${toSegment(type, namespace)}` : ''
  return `${root}${scope}/${type.plural}`
}

/** Throws where the key cannot name one object: an empty name would read or delete the whole collection. */
export function toObjectPath(type: ResourceType, key: ObjectKey, subresource?: string): string {
  if (type.namespaced && (key.namespace === undefined || key.namespace === '')) {
    throw toBadKey(type, key, 'a namespace is needed')
  }
  const path = `${toCollectionPath(type, key.namespace)}/${toSegment(type, key.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

export function toQuery(query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) {
      params.set(name, String(value))
    }
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

/** What Kubernetes refuses in a path segment (apimachinery, path segment name). */
function toSegment(type: ResourceType, name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/%]/.test(name)) {
    throw toBadKey(type, { name }, `${JSON.stringify(name)} cannot be a name`)
  }
  return encodeURIComponent(name)
}

function toBadKey(type: ResourceType, key: Partial<ObjectKey>, detail: string): KubeError {
  return new KubeError(`address ${toLabel(type, key)}`, { status: 400, reason: 'BadRequest', detail })
}

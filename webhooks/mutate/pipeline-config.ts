import { isDeepStrictEqual } from 'node:util'
import { annotations } from '../../crds/labels.ts'
import type { KubeObject, UserInfo } from '../../src/lib/kubernetes.ts'
import { isRecord, toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'

/** Whether the request writes a spec, rather than labels, annotations or finalizers. */
export function isNewSpec({ operation, object, oldObject }: AdmissionRequest): boolean {
  return operation === 'CREATE' || !isDeepStrictEqual(toRecord(object)['spec'], toRecord(oldObject)['spec'])
}

/**
 * Records who wrote the spec last, in an annotation; nothing else of a config is ever changed (decision 7). An update
 * that leaves the spec alone leaves the record alone, whatever it says itself.
 */
export function mutateConfig(request: AdmissionRequest): KubeObject | undefined {
  const { object, oldObject, user } = request
  if (object === undefined) return undefined
  return annotate(
    object,
    isNewSpec(request) ? renderAuthor(user) : oldObject?.metadata.annotations?.[annotations.author],
  )
}

function renderAuthor({ username, groups = [], uid = '' }: UserInfo): string {
  return JSON.stringify({ username, groups, uid })
}

function annotate(object: KubeObject, author: string | undefined): KubeObject {
  const { [annotations.author]: claimed, ...others } = object.metadata.annotations ?? {}
  if (claimed === author) return object
  const wanted = author === undefined ? others : { ...others, [annotations.author]: author }
  return { ...object, metadata: { ...object.metadata, annotations: wanted } }
}

/** Who wrote the config's spec, as recorded; undefined where nothing readable is. */
export function parseAuthor({ metadata }: KubeObject): UserInfo | undefined {
  const recorded = parseJson(metadata.annotations?.[annotations.author])
  if (!isRecord(recorded)) return undefined
  const username = toText(recorded['username'])
  const groups = recorded['groups']
  if (username === undefined || !Array.isArray(groups)) return undefined
  return { username, groups: groups.filter((group) => typeof group === 'string'), uid: toText(recorded['uid']) ?? '' }
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

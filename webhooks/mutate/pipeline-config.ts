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
 * Records who wrote the spec last and who asked for a run last, in annotations; nothing else of a config is ever changed
 * (decision 7). An update that leaves the spec, or the request, alone leaves its record alone, whatever it says itself.
 */
export function mutateConfig(request: AdmissionRequest): KubeObject | undefined {
  const { object, oldObject, user } = request
  if (object === undefined) return undefined
  const kept = oldObject?.metadata.annotations ?? {}
  const author = isNewSpec(request) ? renderAuthor(user) : kept[annotations.author]
  const requested = annotate(object, annotations.runRequestedBy, findRequester(request))
  return annotate(requested, annotations.author, author)
}

/** Nobody where no run is asked for. */
function findRequester({ object, oldObject, user }: AdmissionRequest): string | undefined {
  const [token, before] = [object, oldObject].map((one) => one?.metadata.annotations?.[annotations.runRequested])
  if (token === undefined) return undefined
  return token === before ? oldObject?.metadata.annotations?.[annotations.runRequestedBy] : user.username
}

function renderAuthor({ username, groups = [], uid = '' }: UserInfo): string {
  return JSON.stringify({ username, groups, uid })
}

function annotate(object: KubeObject, key: string, value: string | undefined): KubeObject {
  const { [key]: claimed, ...others } = object.metadata.annotations ?? {}
  if (claimed === value) return object
  const wanted = value === undefined ? others : { ...others, [key]: value }
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

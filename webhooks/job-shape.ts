import type { Job } from '../src/lib/kubernetes.ts'
import { isRecord, type JsonRecord, toRecord } from './json.ts'
import { isStringMap } from './object-meta.ts'

const isAbsent = (value: unknown) => value === undefined || value === null

/** Does the Job have the types that the API server promises, as far as injections read them? */
export function isJob(object: unknown): object is Job {
  const template = toRecord(toRecord(object)['spec'])['template']
  if (!isRecord(template)) return false
  const { metadata, spec } = template
  if (!isRecord(spec) || !(isAbsent(metadata) || isTemplateMeta(metadata))) return false
  const { containers, initContainers, volumes } = spec
  return (
    Array.isArray(containers) &&
    containers.every(isContainer) &&
    isListOf(initContainers, isContainer) &&
    isListOf(volumes, isNamed) &&
    (isAbsent(spec['securityContext']) || isRecord(spec['securityContext']))
  )
}

function isTemplateMeta(value: unknown): boolean {
  if (!isRecord(value)) return false
  return [value['labels'], value['annotations']].every((map) => isAbsent(map) || isStringMap(map))
}

function isNamed(value: unknown): value is JsonRecord {
  return isRecord(value) && typeof value['name'] === 'string'
}

function isContainer(value: unknown): boolean {
  if (!isNamed(value)) return false
  const { env, volumeMounts, command, args, workingDir } = value
  const isText = (item: unknown) => typeof item === 'string'
  return (
    isListOf(env, isNamed) &&
    isListOf(volumeMounts, (mount) => isNamed(mount) && typeof mount['mountPath'] === 'string') &&
    isListOf(command, isText) &&
    isListOf(args, isText) &&
    (isAbsent(workingDir) || isText(workingDir)) &&
    (isAbsent(value['securityContext']) || isRecord(value['securityContext']))
  )
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return isAbsent(value) || (Array.isArray(value) && value.every(isItem))
}

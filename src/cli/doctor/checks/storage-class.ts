import { type DoctorCheck, error, listSome, ok, whenRead } from '../check.ts'
import type { OurObject } from '../facts.ts'

const isDefault = 'storageclass.kubernetes.io/is-default-class'
/** Kubernetes still heeds the old one. */
const defaultMarks = [isDefault, 'storageclass.beta.kubernetes.io/is-default-class'] as const

/** Where a pipeline shares a workspace without naming a class, the cluster has one of its own choice. */
export const storageClass: DoctorCheck = {
  id: 'storage-class',
  judge: ({ storageClasses, configs, runs }) =>
    whenRead(storageClasses, (classes) =>
      whenRead(configs, (ours) => {
        const open = 'value' in runs ? runs.value.filter(({ status }) => !isEnded(status?.phase)) : []
        const needing = [...ours.filter(needsDefault), ...open.filter(needsDefault)].map(nameOf)
        if (classes.some(({ metadata }) => defaultMarks.some((mark) => metadata.annotations?.[mark] === 'true')))
          return [ok('there is a default StorageClass')]
        if (needing.length === 0) return [ok('there is no default StorageClass, and nothing needs one')]
        const message = `there is no default StorageClass, and no workspace for ${listSome(needing)}`
        return [
          error(message, `kubectl annotate storageclass NAME ${isDefault}=true, or workspace.storageClassName in them`),
        ]
      }),
    ),
}

function isEnded(phase = ''): boolean {
  return ['Succeeded', 'Failed', 'Cancelled'].includes(phase)
}

interface WorkspaceSpec {
  readonly workspace?: { readonly storageClassName?: string }
}

function needsDefault({ spec = {} }: OurObject): boolean {
  const own = spec as WorkspaceSpec
  const { workspace } = (spec['plan'] ?? spec['pipelineSpec'] ?? {}) as WorkspaceSpec
  const asked = own.workspace ?? workspace
  return asked !== undefined && asked.storageClassName === undefined
}

function nameOf({ kind = '', metadata: { namespace = '', name = '' } }: OurObject): string {
  return `${kind} ${namespace}/${name}`
}

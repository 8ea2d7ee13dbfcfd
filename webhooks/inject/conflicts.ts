import { podNames, podPaths } from '../../crds/labels.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { Container, PodSpec, PodTemplate } from '../../src/lib/kubernetes.ts'
import { isRecord } from '../json.ts'
import { covers } from './covers.ts'
import { injectTemplate } from './inject.ts'
import type { InjectionFacts } from './injection.ts'
import { ownContainers } from './place.ts'
import { toSecretVariable } from './secret-env.ts'

/** Volumes with values of Secrets that only c8s's own containers, or only the step, may see. */
const privateVolumes: ReadonlySet<string> = new Set([podNames.maskVolume, podNames.authVolume, podNames.secretsVolume])
const ownVolumes: ReadonlySet<string> = new Set([...privateVolumes, podNames.toolsVolume, podNames.workspaceVolume])

/** What in a pod template stands in the way of c8s's own parts. `at` is the template's path. */
export function findConflicts(template: PodTemplate, facts: InjectionFacts, at: string): readonly FieldError[] {
  // What is ours is seen where nothing else is.
  const wanted = injectTemplate({ spec: { containers: [{ name: facts.stepContainer }] } }, facts).spec
  const path = `${at}.spec`
  return [
    ...findTakenContainers(template.spec, wanted, path),
    ...findTakenVolumes(template.spec, wanted, path),
    ...findForeignMounts(template.spec, facts, path),
    ...findTakenVariables(template.spec, facts, path),
    ...findUnknownProgram(template.spec, facts, path),
    ...findSharedProcesses(template.spec, path),
  ]
}

/** A container of our name is ours when it runs our program in our image; then the mutating webhook makes it whole. */
function findTakenContainers(sent: PodSpec, wanted: PodSpec, at: string): readonly FieldError[] {
  const ours = [...wanted.containers, ...(wanted.initContainers ?? [])].filter(({ name }) => ownContainers.has(name))
  const isOurs = (container: Container) =>
    ours.some(({ name, image, command }) => covers(container, { name, image, command }))
  const check = (list: readonly Container[] | undefined, field: string) =>
    (list ?? []).flatMap((container, index) =>
      ownContainers.has(container.name) && !isOurs(container)
        ? [taken(`${at}.${field}[${index}].name`, `the container name ${container.name}`)]
        : [],
    )
  return [...check(sent.containers, 'containers'), ...check(sent.initContainers, 'initContainers')]
}

function findTakenVolumes({ volumes = [] }: PodSpec, wanted: PodSpec, at: string): readonly FieldError[] {
  return volumes.flatMap((volume, index) => {
    if (!ownVolumes.has(volume.name)) return []
    const ours = wanted.volumes?.find(({ name }) => name === volume.name)
    const isSame = ours !== undefined && covers(volume, ours) && Object.keys(volume).length === Object.keys(ours).length
    return isSame ? [] : [taken(`${at}.volumes[${index}].name`, `the volume name ${volume.name}`)]
  })
}

/** Our paths are not to be covered in the step's container, and nobody else looks into our private volumes. */
function findForeignMounts(spec: PodSpec, { stepContainer }: InjectionFacts, at: string): readonly FieldError[] {
  const check = (list: readonly Container[] | undefined, field: string) =>
    (list ?? []).flatMap((container, index) =>
      ownContainers.has(container.name) ? [] : judgeMounts(container, stepContainer, `${at}.${field}[${index}]`),
    )
  return [...check(spec.containers, 'containers'), ...check(spec.initContainers, 'initContainers')]
}

function judgeMounts(container: Container, stepContainer: string, at: string): readonly FieldError[] {
  const isStep = container.name === stepContainer
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath }, index) => {
    const isOwnMount = isStep && stepMounts.get(mountPath.replace(/\/+$/, '')) === name
    const isCovering = isStep && isBelowOurs(mountPath) && !isOwnMount
    const isPeeking = privateVolumes.has(name) && !isOwnMount
    return isCovering || isPeeking
      ? [taken(`${at}.volumeMounts[${index}]`, isPeeking ? `the volume ${name}` : `the path ${mountPath}`)]
      : []
  })
}

const stepMounts: ReadonlyMap<string, string> = new Map([
  [podPaths.tools, podNames.toolsVolume],
  [podPaths.workspace, podNames.workspaceVolume],
  [podPaths.secrets, podNames.secretsVolume],
])

function isBelowOurs(path: string): boolean {
  const clean = `${path.replace(/\/+/g, '/').replace(/\/$/, '')}/`
  return clean.startsWith(`${podPaths.tools}/`) || clean === `${podPaths.workspace}/`
}

/** A variable that a Secret is to fill must not have a value already. */
function findTakenVariables({ containers }: PodSpec, facts: InjectionFacts, at: string): readonly FieldError[] {
  const index = containers.findIndex(({ name }) => name === facts.stepContainer)
  return (containers[index]?.env ?? []).flatMap((variable, place) => {
    const use = facts.secrets.find((one) => toSecretVariable(one) === variable.name)
    if (use === undefined) return []
    const isSame = covers(variable.valueFrom?.secretKeyRef, { name: use.secretRef, key: use.key })
    return isSame ? [] : [taken(`${at}.containers[${index}].env[${place}].name`, `the variable ${variable.name}`)]
  })
}

/** The driver of a user's own Job must know what to run. */
function findUnknownProgram({ containers }: PodSpec, facts: InjectionFacts, at: string): readonly FieldError[] {
  const index = containers.findIndex(({ name }) => name === facts.stepContainer)
  const isKnown = facts.jobType === 'step' || (containers[index]?.command ?? []).length > 0
  if (index === -1 || isKnown) return []
  const message = 'must be given: the program of the image is not known before it is pulled'
  return [{ path: `${at}.containers[${index}].command`, code: 'Required', message }]
}

/** With shared processes a step could look into the shipper's and the clone's files. */
function findSharedProcesses(spec: PodSpec, at: string): readonly FieldError[] {
  return (['shareProcessNamespace', 'hostPID'] as const).flatMap((field) =>
    isRecord(spec) && spec[field] === true
      ? [
          {
            path: `${at}.${field}`,
            code: 'Unsupported' as const,
            message: `cannot be true in a Job with c8s's containers: the step could read the secrets of the clone`,
          },
        ]
      : [],
  )
}

function taken(path: string, what: string): FieldError {
  return { path, code: 'Reserved', message: `${what} belongs to c8s`, hint: 'choose another one' }
}

import { formatDuration } from '../../src/lib/duration.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { Job, PodSpec } from '../../src/lib/kubernetes.ts'
import { isRecord } from '../inspect.ts'
import { podNames } from '../labels.ts'
import { judgeImage } from './images.ts'
import { judgePlacement } from './placement.ts'
import { findSecurityFaults, judgeRoot } from './pod-security.ts'
import { judgeResources } from './resources.ts'
import { findLongest } from './steps.ts'
import { type JudgedUnder, listStrict, refuse, type UsablePolicy } from './terms.ts'

const at = 'spec.template.spec'
const ownContainers: ReadonlySet<string> = new Set([podNames.shipContainer, podNames.cloneContainer])
const isOurs = ({ name }: { readonly name: string }) => ownContainers.has(name)

/** What in a user's own Job the policy of its namespace does not allow. What a policy says nothing of is Kubernetes' own business. */
export function judgeOwnJob(job: Job, policy: UsablePolicy): readonly FieldError[] {
  const under: JudgedUnder = { judged: { at, what: 'the pod' }, terms: { policy, isUntrusted: false } }
  if (policy.policy.allowOwnJobs === false) {
    const judged = { at: 'metadata.labels[c8s.dev/job-type]', what: 'the Job' }
    return [refuse(judged, under.terms, { field: '', says: 'is one of your own' })]
  }
  const spec = job.spec?.template.spec
  if (spec === undefined) return []
  return [
    ...judgeContainers(spec, under),
    ...judgePlacement(pickPlacement(spec), under),
    ...judgeWaysAround(spec, under),
    ...judgeSecurity(spec, under),
    ...judgeDeadline(job, under),
  ]
}

function judgeContainers(spec: PodSpec, under: JudgedUnder): readonly FieldError[] {
  const lists = ['initContainers', 'containers'] as const
  const images = lists.flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) =>
      isOurs(container) ? [] : judgeImage(container.image ?? '', `${list}[${index}].image`, under),
    ),
  )
  return [...images, ...judgeSizes(spec, under)]
}

/** Init containers that are always restarted run beside the others; each other one runs alone. */
function judgeSizes({ containers, initContainers = [] }: PodSpec, under: JudgedUnder): readonly FieldError[] {
  const isBeside = ({ restartPolicy }: { readonly restartPolicy?: string }) => restartPolicy === 'Always'
  const beside = [...containers, ...initContainers.filter(isBeside)].filter((container) => !isOurs(container))
  const sizes = beside.map(({ resources = {} }) => resources)
  return [
    ...judgeResources(sizes, () => 'containers', under),
    ...initContainers.flatMap((container, index) =>
      isOurs(container) || isBeside(container)
        ? []
        : judgeResources([container.resources ?? {}], () => `initContainers[${index}].resources`, under),
    ),
  ]
}

/** The default account is what every pod has; naming it says nothing. */
function pickPlacement({ nodeSelector, tolerations, serviceAccountName = 'default' }: PodSpec) {
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(serviceAccountName === 'default' ? {} : { serviceAccountName }),
  }
}

/** A pod that names its node, or picks nodes by affinity, is held by no nodeSelector; one in the node's network by no NetworkPolicy. */
function judgeWaysAround(spec: PodSpec, { judged, terms }: JudgedUnder): readonly FieldError[] {
  const fields: Readonly<Record<string, unknown>> = { ...spec }
  const { affinity, nodeName, hostNetwork } = fields
  const isOutside = hostNetwork === true && terms.policy?.policy.egress !== undefined
  const hasAffinity = isRecord(affinity) && affinity['nodeAffinity'] !== undefined
  return [
    ...(nodeName === undefined || nodeName === ''
      ? []
      : [refuse(judged, terms, { field: 'nodeName', says: 'names its node' })]),
    ...(isOutside ? [refuse(judged, terms, { field: 'hostNetwork', says: 'is in the network of its node' })] : []),
    ...(hasAffinity
      ? [refuse(judged, terms, { field: 'affinity.nodeAffinity', says: 'picks nodes by affinity' })]
      : []),
  ]
}

function judgeSecurity(spec: PodSpec, { judged, terms }: JudgedUnder): readonly FieldError[] {
  const strict = listStrict(terms)
  const level = strict.flatMap(({ securityLevel }) => securityLevel ?? [])[0]
  const isRootRefused = level !== 'restricted' && strict.some(({ allowRunAsRoot }) => allowRunAsRoot === false)
  const roots = (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) =>
      isOurs(container) ? [] : judgeRoot(container, `${list}[${index}]`, spec),
    ),
  )
  const faults = [
    ...(level === undefined ? [] : findSecurityFaults(spec, level, isOurs)),
    ...(isRootRefused ? roots : []),
  ]
  return faults.map((fault) => refuse(judged, terms, fault))
}

/** A Job without a deadline may run for ever, so where there is a longest time it has to have one. */
function judgeDeadline({ spec }: Job, { terms }: JudgedUnder): readonly FieldError[] {
  const seconds = spec?.activeDeadlineSeconds ?? spec?.template.spec.activeDeadlineSeconds
  const most = findLongest(terms)
  if (most === undefined || (seconds !== undefined && seconds <= most)) return []
  const says = seconds === undefined ? 'has no deadline' : `may take ${formatDuration(seconds)}`
  const allowed = [formatDuration(most)]
  return [refuse({ at: 'spec', what: 'the Job' }, terms, { field: 'activeDeadlineSeconds', says, allowed })]
}

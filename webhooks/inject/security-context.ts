import { c8sUser } from '../../crds/labels.ts'
import type { Container, PodSpec, PodTemplate } from '../../src/lib/kubernetes.ts'
import { toItems, toRecord } from '../json.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeContainer, changeSpec } from './place.ts'

/**
 * A run's pod belongs to the group of c8s's containers, so that a step of any user can write the checkout. The step keeps
 * its image's user but where the namespace enforces `restricted`. A user's own pod only joins the group: fsGroup would
 * change the owner of its volumes.
 */
export const securityContext: Injection = {
  id: 'security-context',
  version: 1,
  appliesTo: (_template, { jobType, clone }) => jobType === 'step' || clone !== undefined,
  apply: (template, facts) =>
    facts.jobType === 'own'
      ? changeSpec(template, { securityContext: joinGroup(template.spec) })
      : secureStep(
          changeSpec(template, { securityContext: { ...template.spec.securityContext, ...renderPodContext(facts) } }),
          facts,
        ),
}

/** Only the first pod of a run goes through the files of a shared volume to give them their group. */
function renderPodContext({ workspaceClaim }: InjectionFacts): Readonly<Record<string, unknown>> {
  const policy = workspaceClaim === undefined ? {} : { fsGroupChangePolicy: 'OnRootMismatch' }
  return { fsGroup: c8sUser, ...policy, seccompProfile: { type: 'RuntimeDefault' } }
}

function joinGroup({ securityContext = {} }: PodSpec): Readonly<Record<string, unknown>> {
  const groups = toItems(securityContext['supplementalGroups'])
  const isMember = groups.includes(c8sUser) || securityContext['fsGroup'] === c8sUser
  return isMember ? securityContext : { ...securityContext, supplementalGroups: [...groups, c8sUser] }
}

function secureStep(template: PodTemplate, facts: InjectionFacts): PodTemplate {
  const context = renderUserContext(facts)
  if (Object.keys(context).length === 0) return template
  return changeContainer(template, facts.stepContainer, (container: Container) => ({
    ...container,
    securityContext: { ...toRecord(container.securityContext), ...context },
  }))
}

interface UserOf {
  readonly restricted: boolean
  readonly isNonRoot?: boolean | undefined
  readonly runAsUser?: number | undefined
}

/** Security context of a container with the user's own image. */
export function renderUserContext({
  restricted,
  isNonRoot = restricted,
  runAsUser,
}: UserOf): Readonly<Record<string, unknown>> {
  const user = runAsUser ?? (restricted ? c8sUser : undefined)
  return {
    ...(user === undefined ? {} : { runAsUser: user }),
    ...(isNonRoot || restricted ? { runAsNonRoot: true } : {}),
    ...(restricted
      ? {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        }
      : {}),
  }
}

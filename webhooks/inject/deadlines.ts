import { resolveReadySeconds } from '../../crds/service-defaults.ts'
import { graceVariable, timeoutVariable } from '../../src/lib/agent-options.ts'
import type { EnvVar, PodTemplate } from '../../src/lib/kubernetes.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeContainer, changeSpec, placeNamed } from './place.ts'

/** Between SIGTERM and SIGKILL to the step's processes. */
const stepGraceSeconds = 30
/** The shipper needs some time more, to drain what the step wrote last. */
const podGraceSeconds = 60
/** Pulling images and cloning, which the pod's own deadline counts and the step's timeout does not. */
const startAllowanceSeconds = 900

/** Services start one after another. */
const sumReadySeconds = (services: InjectionFacts['services'] = []) =>
  services.reduce((sum, service) => sum + resolveReadySeconds(service), 0)

/** The driver ends a step in time and keeps its log; the pod's own deadline is the backstop should the driver be gone. */
export const deadlines: Injection = {
  id: 'deadlines',
  version: 1,
  after: ['environment'],
  appliesTo: () => true,
  apply: (template, facts) => {
    const variables = renderVariables(template, facts)
    const timed = changeContainer(template, facts.stepContainer, (container) => ({
      ...container,
      env: variables.reduce((env, variable) => placeNamed(env, variable), container.env ?? []),
    }))
    return facts.jobType === 'step' ? limitPod(timed, facts) : timed
  },
}

function renderVariables({ spec }: PodTemplate, { jobType, timeoutSeconds }: InjectionFacts): readonly EnvVar[] {
  const own = Math.max(1, (spec.terminationGracePeriodSeconds ?? 30) - 5)
  const grace = { name: graceVariable, value: String(jobType === 'step' ? stepGraceSeconds : own) }
  return timeoutSeconds === undefined ? [grace] : [{ name: timeoutVariable, value: String(timeoutSeconds) }, grace]
}

function limitPod(template: PodTemplate, { timeoutSeconds, services }: InjectionFacts): PodTemplate {
  const deadline =
    timeoutSeconds === undefined
      ? {}
      : { activeDeadlineSeconds: timeoutSeconds + startAllowanceSeconds + sumReadySeconds(services) + podGraceSeconds }
  return changeSpec(template, { terminationGracePeriodSeconds: podGraceSeconds, ...deadline })
}

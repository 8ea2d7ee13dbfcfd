import { resolveReadySeconds } from '../../crds/service-defaults.ts'
import type { PodTemplate } from '../../src/lib/kubernetes.ts'
import { toDriverOptions } from './driver-options.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeContainer, changeSpec, placeNamed } from './place.ts'

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
  version: 2,
  after: ['environment'],
  appliesTo: () => true,
  apply: (template, facts) => (facts.jobType === 'step' ? limitPod(template, facts) : limitDriver(template, facts)),
}

/** A step's driver hears of its time along with what describes the run. */
function limitDriver(template: PodTemplate, facts: InjectionFacts): PodTemplate {
  const options = Object.entries(toDriverOptions(template, facts)).map(([name, value]) => ({ name, value }))
  return changeContainer(template, facts.stepContainer, (container) => ({
    ...container,
    env: options.reduce((env, option) => placeNamed(env, option), container.env ?? []),
  }))
}

function limitPod(template: PodTemplate, { timeoutSeconds, services }: InjectionFacts): PodTemplate {
  const deadline =
    timeoutSeconds === undefined
      ? {}
      : { activeDeadlineSeconds: timeoutSeconds + startAllowanceSeconds + sumReadySeconds(services) + podGraceSeconds }
  return changeSpec(template, { terminationGracePeriodSeconds: podGraceSeconds, ...deadline })
}

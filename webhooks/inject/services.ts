import type { Service } from '../../crds/parts/services.ts'
import { nameServiceContainer } from '../../crds/service-container.ts'
import { resolveReadySeconds, resolveServiceResources } from '../../crds/service-defaults.ts'
import type { Container } from '../../src/lib/kubernetes.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeSpec, placeNamed, toLiteral } from './place.ts'
import { renderUserContext } from './security-context.ts'

/**
 * Services as native sidecars (init containers that are always restarted, from Kubernetes 1.29): started in order after the
 * clone, each when the one before it is ready, and ended by kubelet once the step and the shipper have ended.
 */
export const services: Injection = {
  id: 'services',
  version: 1,
  after: ['clone'],
  appliesTo: (_template, { services: wanted = [] }) => wanted.length > 0,
  apply: (template, facts) => {
    const containers = (facts.services ?? []).map((service) => renderService(service, facts))
    const initContainers = containers.reduce(
      (list, container) => placeNamed(list, container),
      template.spec.initContainers ?? [],
    )
    return changeSpec(template, { initContainers })
  },
}

function renderService(service: Service, facts: InjectionFacts): Container {
  const { name, image, command, args, env = [], runAsUser } = service
  const context = renderUserContext({ restricted: facts.restricted, isNonRoot: facts.isNonRoot, runAsUser })
  return {
    name: nameServiceContainer(name),
    image,
    restartPolicy: 'Always',
    ...(command === undefined ? {} : { command: command.map(toLiteralWord) }),
    ...(args === undefined ? {} : { args: args.map(toLiteralWord) }),
    ...(env.length === 0 ? {} : { env: env.map((variable) => toLiteral(variable.name, variable.value)) }),
    resources: resolveServiceResources(service),
    ...(service.ready === undefined ? {} : { startupProbe: renderProbe(service, service.ready) }),
    ...(Object.keys(context).length === 0 ? {} : { securityContext: context }),
    terminationMessagePath: '/dev/termination-log',
    // Its last lines tell why it does not start. Where the step has Secrets they could come to hold one.
    terminationMessagePolicy: facts.secrets.length === 0 ? 'FallbackToLogsOnError' : 'File',
  }
}

/** kubelet expands `$(NAME)` and `$$`; doubled, every dollar sign comes out as it was. */
function toLiteralWord(word: string): string {
  return word.replaceAll('$', '$$$$')
}

/** Seconds that kubelet goes on beyond the time the service has: the controller ends the wait, and says so. */
const allowanceSeconds = 60

function renderProbe(service: Service, { port, command }: NonNullable<Service['ready']>) {
  const periods = { periodSeconds: 1, failureThreshold: resolveReadySeconds(service) + allowanceSeconds }
  if (port !== undefined) return { tcpSocket: { port }, timeoutSeconds: 1, ...periods }
  return { exec: { command: command ?? [] }, timeoutSeconds: 10, ...periods }
}

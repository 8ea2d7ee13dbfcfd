import { podNames, podPaths } from '../../crds/labels.ts'
import { toCloneResources } from '../../src/engine/queue/overhead.ts'
import { cloneOptionsVariable } from '../../src/lib/agent-options.ts'
import type { Container, PodTemplate } from '../../src/lib/kubernetes.ts'
import type { CloneOrder, Injection, InjectionFacts } from './injection.ts'
import { renderOwnContainer, toAgentCommand } from './own-container.ts'
import { changeSpec, placeNamed, placeVolume, toLiteral } from './place.ts'
import { toolsMount } from './tools.ts'
import { toCloneMount } from './workspace.ts'

/** The init container that checks the commit out. The credential is mounted here and in no container of the user's. */
export const clone: Injection = {
  id: 'clone',
  version: 1,
  after: ['tools', 'workspace'],
  appliesTo: (_template, facts) => facts.clone !== undefined,
  apply: (template, facts) => (facts.clone === undefined ? template : placeClone(template, facts, facts.clone)),
}

function placeClone(template: PodTemplate, facts: InjectionFacts, order: CloneOrder): PodTemplate {
  const { authSecret } = order
  const withAuth =
    authSecret === undefined
      ? template
      : placeVolume(template, { name: podNames.authVolume, secret: { secretName: authSecret, defaultMode: 0o444 } })
  const container = renderClone(withAuth, facts, order)
  return changeSpec(withAuth, { initContainers: placeNamed(withAuth.spec.initContainers, container, 'first') })
}

function renderClone(template: PodTemplate, facts: InjectionFacts, { options, authSecret }: CloneOrder): Container {
  const step = template.spec.containers.find(({ name }) => name === facts.stepContainer)
  const resources = facts.resources ?? step?.resources
  const auth = { name: podNames.authVolume, mountPath: podPaths.auth, readOnly: true }
  const told = authSecret === undefined ? options : { ...options, authDirectory: podPaths.auth }
  return renderOwnContainer(facts, {
    name: podNames.cloneContainer,
    command: toAgentCommand('clone'),
    env: [toLiteral(cloneOptionsVariable, JSON.stringify(told))],
    resources: toCloneResources(resources),
    volumeMounts: [toolsMount, toCloneMount(facts), ...(authSecret === undefined ? [] : [auth])],
  })
}

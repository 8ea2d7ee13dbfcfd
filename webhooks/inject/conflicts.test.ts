import { expect, test } from 'vitest'
import type { PodSpec, PodTemplate } from '../../src/lib/kubernetes.ts'
import { aStepContainer, aTemplate, fullFacts, plainFacts } from '../../test/helpers/injection.ts'
import { findConflicts } from './conflicts.ts'
import { injectTemplate } from './inject.ts'
import type { InjectionFacts } from './injection.ts'

const mount = (name: string, mountPath: string) => ({ name, mountPath })
const withMounts = (...volumeMounts: ReturnType<typeof mount>[]) =>
  aTemplate({ containers: [{ ...aStepContainer, volumeMounts }] })
const beside = (...volumeMounts: ReturnType<typeof mount>[]) =>
  aTemplate({ containers: [aStepContainer, { name: 'other', volumeMounts }] })

test.each<[string, PodTemplate, InjectionFacts, readonly string[]]>([
  ['nothing in the way', aTemplate(), fullFacts, []],
  [
    "a container with the shipper's name",
    aTemplate({ containers: [aStepContainer, { name: 'c8s-log', image: 'evil' }] }),
    plainFacts,
    ['spec.containers[1].name'],
  ],
  [
    "an init container with the clone's name",
    aTemplate({ initContainers: [{ name: 'c8s-clone', image: 'evil' }] }),
    fullFacts,
    ['spec.initContainers[0].name'],
  ],
  [
    "the clone's name where there is no clone",
    aTemplate({ initContainers: [{ name: 'c8s-clone', image: fullFacts.image }] }),
    plainFacts,
    ['spec.initContainers[0].name'],
  ],
  [
    'our image with another program',
    aTemplate({ containers: [aStepContainer, { name: 'c8s-log', image: plainFacts.image, command: ['sh'] }] }),
    plainFacts,
    ['spec.containers[1].name'],
  ],
  [
    'a volume of our name',
    aTemplate({ volumes: [{ name: 'c8s-tools', secret: { secretName: 'x' } }] }),
    plainFacts,
    ['spec.volumes[0].name'],
  ],
  [
    'a volume of our name that we do not need',
    aTemplate({ volumes: [{ name: 'c8s-auth', secret: { secretName: 'x' } }] }),
    plainFacts,
    ['spec.volumes[0].name'],
  ],
  [
    'our volume with something added',
    aTemplate({ volumes: [{ name: 'c8s-tools', emptyDir: {}, secret: {} }] }),
    plainFacts,
    ['spec.volumes[0].name'],
  ],
  ['our path', withMounts(mount('mine', '/c8s')), plainFacts, ['spec.containers[0].volumeMounts[0]']],
  ['a path below ours', withMounts(mount('mine', '/c8s//bin/')), plainFacts, ['spec.containers[0].volumeMounts[0]']],
  ['the workspace', withMounts(mount('mine', '/workspace/')), plainFacts, ['spec.containers[0].volumeMounts[0]']],
  ['a folder of the workspace is free', withMounts(mount('mine', '/workspace/cache')), plainFacts, []],
  ['a path that only begins alike is free', withMounts(mount('mine', '/c8stuff')), plainFacts, []],
  ['our path in another container is free', beside(mount('mine', '/c8s')), plainFacts, []],
  ['the masks in the step', withMounts(mount('c8s-mask', '/x')), fullFacts, ['spec.containers[0].volumeMounts[0]']],
  [
    'the credential in the step',
    withMounts(mount('c8s-auth', '/x')),
    fullFacts,
    ['spec.containers[0].volumeMounts[0]'],
  ],
  [
    "the step's files in another container",
    beside(mount('c8s-secrets', '/x')),
    fullFacts,
    ['spec.containers[1].volumeMounts[0]'],
  ],
  [
    'the credential in an init container',
    aTemplate({ initContainers: [{ name: 'i', volumeMounts: [mount('c8s-auth', '/x')] }] }),
    fullFacts,
    ['spec.initContainers[0].volumeMounts[0]'],
  ],
  [
    'a variable that a Secret is to fill',
    aTemplate({ containers: [{ ...aStepContainer, env: [{ name: 'TOKEN', value: 'x' }] }] }),
    fullFacts,
    ['spec.containers[0].env[0].name'],
  ],
  [
    'shared processes',
    aTemplate({ shareProcessNamespace: true } as Partial<PodSpec>),
    plainFacts,
    ['spec.shareProcessNamespace'],
  ],
  ["the node's processes", aTemplate({ hostPID: true } as Partial<PodSpec>), plainFacts, ['spec.hostPID']],
])('%s', (...[, template, facts, want]) => {
  expect(findConflicts(template, facts, 'at').map(({ path }) => path)).toEqual(want.map((path) => `at.${path}`))
})

test('what was injected already is no conflict, and what somebody slipped into it is gone', () => {
  const full = injectTemplate(aTemplate(), fullFacts)
  expect(findConflicts(full, fullFacts, 'at')).toEqual([])
  const containers = full.spec.containers.map((container) =>
    container.name === 'c8s-log'
      ? { ...container, env: [{ name: 'NODE_OPTIONS', value: '--import=/workspace/x.mjs' }] }
      : container,
  )
  const tampered = { ...full, spec: { ...full.spec, containers } }
  expect(findConflicts(tampered, fullFacts, 'at')).toEqual([])
  expect(injectTemplate(tampered, fullFacts)).toEqual(full)
})

import { expect, test } from 'vitest'
import { type Choice, type ChoiceFacts, decideCluster } from './choose.ts'
import { planFolders } from './folders.ts'

const bare: ChoiceFacts = {
  context: undefined,
  kubeconfig: '/home/me/.kube/config',
  currentContext: undefined,
  localKubeconfig: '/state/kubeconfig',
  isKindUsable: false,
}

const cases: Record<string, { facts: Partial<ChoiceFacts>; want: Choice }> = {
  'nothing is there': { facts: {}, want: { kind: 'local' } },
  'docker and kind work': { facts: { isKindUsable: true }, want: { kind: 'kind' } },
  'C8S_CONTEXT wins over kind': {
    facts: { context: 'team', isKindUsable: true },
    want: { kind: 'context', context: 'team', kubeconfig: '/home/me/.kube/config' },
  },
  'C8S_CONTEXT wins over the current context': {
    facts: { context: 'team', currentContext: 'other' },
    want: { kind: 'context', context: 'team', kubeconfig: '/home/me/.kube/config' },
  },
  'the current context, where the caller follows it': {
    facts: { currentContext: 'other', isKindUsable: true },
    want: { kind: 'context', context: 'other', kubeconfig: '/home/me/.kube/config' },
  },
  'the local cluster by its own kubeconfig': {
    facts: { context: 'c8s-local', kubeconfig: '/state/kubeconfig' },
    want: { kind: 'local' },
  },
  'a foreign context that has the same name': {
    facts: { context: 'c8s-local' },
    want: { kind: 'context', context: 'c8s-local', kubeconfig: '/home/me/.kube/config' },
  },
}

test.each(Object.entries(cases))('%s', (_, { facts, want }) => {
  expect(decideCluster({ ...bare, ...facts })).toEqual(want)
})

test.each([
  { env: {}, isRoot: true, state: '/var/lib/c8s-local', cache: '/var/cache/c8s-local' },
  {
    env: { HOME: '/home/me' },
    isRoot: false,
    state: '/home/me/.local/state/c8s-local',
    cache: '/home/me/.cache/c8s-local',
  },
  { env: { XDG_STATE_HOME: '/x', XDG_CACHE_HOME: '/y' }, isRoot: true, state: '/x/c8s-local', cache: '/y/c8s-local' },
])('folders for %j', ({ env, isRoot, state, cache }) => {
  expect(planFolders(env, isRoot)).toEqual({ state, cache, lock: `${state}.lock` })
})

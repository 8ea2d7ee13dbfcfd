import { labels, stepsNetworkPolicy, systemNamespace } from '../../../crds/labels.ts'
import { readPolicy } from '../../../crds/policy/read.ts'
import { indexByLabel } from '../../kube/indexes.ts'
import { createInformer, type Informer } from '../../kube/informer.ts'
import { isNotFound } from '../../kube/kube-error.ts'
import { createWorkQueue } from '../../kube/work-queue.ts'
import type { ConfigMap, KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { ControllerPart, PartInputs } from '../parts.ts'
import { type Decision, decide } from './decide.ts'
import type { NetworkPolicy } from './render.ts'

interface Watched {
  /** Those with a policy's label. */
  readonly namespaces: Informer<KubeObject>
  readonly policies: Informer<ConfigMap>
  readonly networkPolicies: Informer<NetworkPolicy>
}

const byPolicy = 'policy'

/** Keeps the NetworkPolicies of namespaces whose policy has egress. */
export function createNetworkPoliciesPart(inputs: Pick<PartInputs, 'api' | 'timers' | 'log'>): ControllerPart {
  const { api, timers, log } = inputs
  const watched = watch(inputs)
  const informers: readonly Informer<KubeObject>[] = Object.values(watched)
  const queue = createWorkQueue({
    timers,
    workers: 2,
    work: async (namespace) => {
      await Promise.all(informers.map((informer) => informer.whenSynced()))
      await carryOut(api, namespace, decide(view(watched, namespace)))
      return undefined
    },
    onFault: (error, namespace, failures) =>
      log.error({ err: error, namespace, failures }, 'the NetworkPolicy of a namespace will be looked at again'),
  })
  return {
    start: () => {
      route(watched, (namespace) => queue.add(namespace))
      informers.forEach((informer) => informer.start())
      queue.start()
    },
    stop: async () => {
      await Promise.all([queue.stop(), ...informers.map((informer) => informer.stop())])
    },
  }
}

function watch({ api, timers, log }: Pick<PartInputs, 'api' | 'timers' | 'log'>): Watched {
  const onFault = (error: unknown) => log.warn({ err: error }, 'a watch failed and will be tried again')
  const options = { source: api, timers, onFault }
  const indexes = { [byPolicy]: indexByLabel(labels.policy) }
  const select = { labelSelector: labels.policy }
  return {
    namespaces: createInformer<KubeObject>({ ...options, type: resourceTypes.namespace, select, indexes }),
    policies: createInformer<ConfigMap>({
      ...options,
      type: resourceTypes.configMap,
      select: { ...select, namespace: systemNamespace },
      indexes,
    }),
    networkPolicies: createInformer<NetworkPolicy>({
      ...options,
      type: resourceTypes.networkPolicy,
      select: { fieldSelector: `metadata.name=${stepsNetworkPolicy}` },
    }),
  }
}

function route({ namespaces, policies, networkPolicies }: Watched, add: (namespace: string) => void): void {
  const addUnder = ({ metadata }: KubeObject) => {
    for (const namespace of namespaces.getByIndex(byPolicy, metadata.labels?.[labels.policy] ?? '')) {
      add(namespace.metadata.name ?? '')
    }
  }
  namespaces.onChange(({ object }) => add(object.metadata.name ?? ''))
  networkPolicies.onChange(({ object }) => add(object.metadata.namespace ?? ''))
  policies.onChange(({ object, previous }) => {
    addUnder(object)
    // Its label may have been another one.
    if (previous !== undefined) addUnder(previous)
  })
}

function view({ namespaces, policies, networkPolicies }: Watched, namespace: string) {
  const found = networkPolicies.get({ namespace, name: stepsNetworkPolicy })
  const { labels: own, deletionTimestamp } = namespaces.get({ name: namespace })?.metadata ?? {}
  const name = deletionTimestamp === undefined ? own?.[labels.policy] : undefined
  const policy = name === undefined ? undefined : readPolicy(name, policies.getByIndex(byPolicy, name))
  return { namespace, policy, found }
}

async function carryOut(api: PartInputs['api'], namespace: string, decision: Decision): Promise<void> {
  if (decision.kind === 'none') return
  try {
    if (decision.kind === 'apply') await api.apply(resourceTypes.networkPolicy, decision.object, { force: true })
    else {
      const key = { namespace, name: stepsNetworkPolicy }
      await api.remove(resourceTypes.networkPolicy, key, { uid: decision.uid })
    }
  } catch (error) {
    // The namespace is gone.
    if (!isNotFound(error)) throw error
  }
}

import { afterEach, describe, expect, test } from 'vitest'
import type { Egress } from '../../../crds/policy/document.ts'
import type { PolicyReading } from '../../../crds/policy/terms.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { systemTimers } from '../../kube/timers.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { decide } from './decide.ts'
import { createNetworkPoliciesPart } from './part.ts'
import { type NetworkPolicy, renderNetworkPolicy } from './render.ts'

test('the whole of it', () => {
  const egress: Egress = {
    mode: 'https',
    allow: [
      { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'], ports: [{ port: 22 }, { port: 5353, protocol: 'UDP' }] },
      { namespace: 'registry' },
    ],
  }
  expect(renderNetworkPolicy('team-a', egress)).toMatchInlineSnapshot(`
    {
      "apiVersion": "networking.k8s.io/v1",
      "kind": "NetworkPolicy",
      "metadata": {
        "labels": {
          "app.kubernetes.io/managed-by": "c8s",
          "app.kubernetes.io/part-of": "c8s",
        },
        "name": "c8s-steps",
        "namespace": "team-a",
      },
      "spec": {
        "egress": [
          {
            "ports": [
              {
                "port": 53,
                "protocol": "UDP",
              },
              {
                "port": 53,
                "protocol": "TCP",
              },
            ],
            "to": [
              {
                "namespaceSelector": {
                  "matchLabels": {
                    "kubernetes.io/metadata.name": "kube-system",
                  },
                },
              },
              {
                "ipBlock": {
                  "cidr": "169.254.20.10/32",
                },
              },
            ],
          },
          {
            "ports": [
              {
                "port": 443,
                "protocol": "TCP",
              },
            ],
            "to": [
              {
                "ipBlock": {
                  "cidr": "0.0.0.0/0",
                  "except": [
                    "169.254.0.0/16",
                  ],
                },
              },
              {
                "ipBlock": {
                  "cidr": "::/0",
                  "except": [
                    "fe80::/10",
                    "fd00:ec2::254/128",
                  ],
                },
              },
            ],
          },
          {
            "ports": [
              {
                "port": 22,
                "protocol": "TCP",
              },
              {
                "port": 5353,
                "protocol": "UDP",
              },
            ],
            "to": [
              {
                "ipBlock": {
                  "cidr": "10.0.0.0/8",
                  "except": [
                    "10.1.0.0/16",
                  ],
                },
              },
            ],
          },
          {
            "to": [
              {
                "namespaceSelector": {
                  "matchLabels": {
                    "kubernetes.io/metadata.name": "registry",
                  },
                },
              },
            ],
          },
        ],
        "podSelector": {
          "matchExpressions": [
            {
              "key": "c8s.dev/job-type",
              "operator": "Exists",
            },
          ],
        },
        "policyTypes": [
          "Egress",
        ],
      },
    }
  `)
})

test('without https only names and what is listed', () => {
  const { spec } = renderNetworkPolicy('team-a', { mode: 'none', allow: [{ namespace: 'db' }] })
  expect(spec?.egress).toHaveLength(2)
  expect(JSON.stringify(spec)).not.toContain('0.0.0.0/0')
})

describe('what is done', () => {
  const aPolicy = (egress?: Egress): PolicyReading => ({
    kind: 'usable',
    name: 'ci',
    id: 'ci@1',
    policy: { version: 'v1alpha1', ...(egress === undefined ? {} : { egress }) },
  })
  const none = { mode: 'none' } as const
  const ours = renderNetworkPolicy('team-a', none)
  const stored = (change: Partial<NetworkPolicy['spec']> = {}, labels = ours.metadata.labels ?? {}): NetworkPolicy => ({
    ...ours,
    metadata: { ...ours.metadata, uid: 'u', labels },
    spec: { podSelector: {}, ...ours.spec, ...change },
  })
  const broken: PolicyReading = { kind: 'unusable', name: 'ci', message: 'gone' }

  test.each<[string, PolicyReading | undefined, NetworkPolicy | undefined, string]>([
    ['no policy, none there', undefined, undefined, 'none'],
    ['no policy any more', undefined, stored(), 'remove'],
    ["another's of that name", undefined, stored({}, {}), 'none'],
    ['a policy without egress', aPolicy(), stored(), 'remove'],
    ['none there yet', aPolicy(none), undefined, 'apply'],
    ['all as it should be', aPolicy(none), stored(), 'none'],
    ['somebody opened it', aPolicy(none), stored({ egress: [] }), 'apply'],
    ['somebody made it select others', aPolicy(none), stored({ podSelector: { matchLabels: { a: 'b' } } }), 'apply'],
    ['somebody took its mark', aPolicy(none), stored({}, {}), 'apply'],
    [
      'somebody added what comes in',
      aPolicy(none),
      { ...stored(), spec: { ...stored().spec, ingress: [] } as never },
      'none',
    ],
    ['another policy', aPolicy({ mode: 'https' }), stored(), 'apply'],
    ['a policy that cannot be used', broken, stored(), 'none'],
    ['nor is anything made for one', broken, undefined, 'none'],
  ])('%s', (...[, policy, found, want]) => {
    expect(decide({ namespace: 'team-a', policy, found }).kind).toBe(want)
  })
})

describe('in a cluster', () => {
  const parts: { stop(): Promise<void> }[] = []
  afterEach(() => Promise.all(parts.splice(0).map((part) => part.stop())))

  const policy = (text: string): KubeObject & { data: object } => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ci', namespace: 'c8s-system', labels: { 'c8s.dev/policy': 'ci' } },
    data: { 'policy.yaml': text },
  })
  const closed = 'version: v1alpha1\negress: {mode: none}'
  const key = { namespace: 'team-a', name: 'c8s-steps' }
  const type = resourceTypes.networkPolicy

  async function start(kube = new FakeKube()) {
    const faults: unknown[] = []
    const log = { info: () => undefined, warn: () => undefined, error: (fields: object) => faults.push(fields) }
    const part = createNetworkPoliciesPart({ api: kube, timers: systemTimers, log })
    part.start()
    parts.push(part)
    const find = () => kube.get<NetworkPolicy>(type, key)
    return { kube, part, find, faults }
  }
  const seed = async () => {
    const kube = new FakeKube()
    await kube.create(resourceTypes.namespace, { metadata: { name: 'team-a', labels: { 'c8s.dev/policy': 'ci' } } })
    await kube.create(resourceTypes.configMap, policy(closed))
    return kube
  }

  test('it comes, is repaired, follows the policy, and goes with the label', async () => {
    const { kube, find, faults } = await start(await seed())
    await expect.poll(async () => (await find())?.spec?.egress?.length).toBe(1)
    await kube.patch(type, key, { spec: { egress: [] } })
    await expect.poll(async () => (await find())?.spec?.egress?.length).toBe(1)
    await kube.remove(type, key)
    await expect.poll(async () => (await find())?.spec?.egress?.length).toBe(1)
    const change = { data: { 'policy.yaml': 'version: v1alpha1\negress: {mode: https}' } }
    await kube.patch(resourceTypes.configMap, { namespace: 'c8s-system', name: 'ci' }, change)
    await expect.poll(async () => (await find())?.spec?.egress?.length).toBe(2)
    await kube.patch(resourceTypes.namespace, { name: 'team-a' }, { metadata: { labels: { 'c8s.dev/policy': null } } })
    await expect.poll(find).toBeUndefined()
    expect(faults).toEqual([])
  })

  test('what was left over while nobody looked goes', async () => {
    const kube = new FakeKube()
    await kube.create(type, renderNetworkPolicy('team-a', { mode: 'none' }))
    const { find } = await start(kube)
    await expect.poll(find).toBeUndefined()
  })

  test('a policy that breaks leaves what is there', async () => {
    const { kube, find } = await start(await seed())
    await expect.poll(find).toBeDefined()
    await kube.patch(resourceTypes.configMap, { namespace: 'c8s-system', name: 'ci' }, { data: { 'policy.yaml': 'x' } })
    await kube.remove(type, key)
    // The first to be put right again is the second namespace: by then the first has been looked at, too.
    await kube.create(resourceTypes.configMap, {
      ...policy(closed),
      metadata: { ...policy(closed).metadata, name: 'b', labels: { 'c8s.dev/policy': 'b' } },
    })
    await kube.create(resourceTypes.namespace, { metadata: { name: 'team-b', labels: { 'c8s.dev/policy': 'b' } } })
    await expect.poll(() => kube.get(type, { ...key, namespace: 'team-b' })).toBeDefined()
    expect(await find()).toBeUndefined()
  })
})

import { assert, constantFrom, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderError } from '../../src/lib/field-error.ts'
import type { Step } from '../parts/step.ts'
import { freezePlan } from '../plan.ts'
import type { Policy } from './document.ts'
import { isImageAllowed, parseImage, renderImage } from './image.ts'
import { parsePolicy, readPolicy } from './read.ts'
import { judgePlan } from './steps.ts'
import { isTolerationAllowed } from './tolerations.ts'

const aConfigMap = (text: string, name = 'ci', label = 'ci') => ({
  metadata: { name, namespace: 'c8s-system', labels: { 'c8s.dev/policy': label } },
  data: { 'policy.yaml': text },
})

describe('image references', () => {
  test.each<[string, string | undefined]>([
    ['node', 'docker.io/library/node:latest'],
    ['node:24', 'docker.io/library/node:24'],
    ['acme/tool', 'docker.io/acme/tool:latest'],
    ['docker.io/node', 'docker.io/library/node:latest'],
    ['index.docker.io/library/node', 'docker.io/library/node:latest'],
    ['ghcr.io/acme/tool:v1', 'ghcr.io/acme/tool:v1'],
    ['GHCR.io/acme/tool:v1', 'ghcr.io/acme/tool:v1'],
    ['localhost/tool', 'localhost/tool:latest'],
    ['registry:5000/tool', 'registry:5000/tool:latest'],
    [`node:24@sha256:${'a'.repeat(64)}`, `docker.io/library/node@sha256:${'a'.repeat(64)}`],
    ['[fd00::1]:5000/tool', '[fd00::1]:5000/tool:latest'],
    ['Node', undefined],
    ['ghcr.io/../evil', undefined],
    ['ghcr.io//evil', undefined],
    ['https://ghcr.io/x', undefined],
    ['', undefined],
  ])('%s', (image, want) => {
    const parsed = parseImage(image)
    expect(parsed === undefined ? undefined : renderImage(parsed)).toBe(want)
  })

  test.each<[string, string, boolean]>([
    ['docker.io/library/*', 'node:24', true],
    ['docker.io/library/*', 'acme/node', false],
    ['docker.io/library/node:24', 'node:24', true],
    ['docker.io/library/node:24', 'node:25', false],
    ['docker.io/library/node:24', `node:24@sha256:${'b'.repeat(64)}`, false],
    ['docker.io/library/node@sha256:*', `node:24@sha256:${'b'.repeat(64)}`, true],
    ['ghcr.io/acme/**', 'ghcr.io/acme/a/b:1', true],
    ['ghcr.io/acme/*', 'ghcr.io/acme/a/b:1', false],
    ['ghcr.io/acme/**', 'ghcr.io/acme-evil/a', false],
    ['ghcr.io/acme/**', 'evil.test/ghcr.io/acme/a', false],
    ['*.example.com/**', 'evil.test/x.example.com/a', false],
    ['localhost:5000/**', 'localhost:5000/a', true],
    ['**', 'anything/at:all', true],
  ])('%s over %s', (glob, image, want) => {
    const parsed = parseImage(image)
    expect(parsed !== undefined && isImageAllowed([glob], parsed)).toBe(want)
  })
})

describe('policy.yaml', () => {
  test.each<[string, string, RegExp]>([
    ['nothing in it', '', /line 1: is empty/],
    ['no version', 'allowedImages: []', /version: Required/],
    ['a slip of the pen', 'version: v1alpha1\nallowedimages: []', /line 2: allowedimages: UnknownField.*allowedImages/],
    ['no YAML', 'a: [', /line \d/],
    ['two documents', 'version: v1alpha1\n---\nversion: v1alpha1', /line \d: a second document/],
    ['no registry', 'version: v1alpha1\nallowedImages:\n  - node:24', /line 3: allowedImages\[0\].*registry/],
    ['a list', '- 1', /line 1/],
    ['a wrong type', 'version: v1alpha1\nmaxSteps: many', /line 2: maxSteps/],
    ['a path for a host', 'version: v1alpha1\nallowedRegistries: [ghcr.io/acme]', /allowedRegistries\[0\]/],
    ['a keyless toleration', 'version: v1alpha1\ntolerations: [{value: x}]', /operator must be Exists/],
    ['a value for Exists', 'version: v1alpha1\ntolerations: [{key: a, operator: Exists, value: x}]', /left out/],
    [
      'a key that is allowed and required',
      'version: v1alpha1\nnodeSelector: {allowed: {a: [x]}, required: {a: z}}',
      /required already/,
    ],
    [
      'a default above the most',
      'version: v1alpha1\ndefaultResources: {cpu: "4"}\nmaxResources: {cpu: "2"}',
      /defaultResources\.cpu/,
    ],
    ['a lone limit', 'version: v1alpha1\ndefaultResources: {cpuLimit: "4"}', /needs the request/],
    ['a limit below', 'version: v1alpha1\ndefaultResources: {cpu: "5", cpuLimit: "4"}', /less than the request/],
    [
      'a block that is none',
      'version: v1alpha1\negress: {mode: none, allow: [{cidr: 10.0.0.0}]}',
      /egress\.allow\[0\]\.cidr/,
    ],
    ['both ways', 'version: v1alpha1\negress: {mode: none, allow: [{cidr: 10.0.0.0/8, namespace: a}]}', /not both/],
    ['neither', 'version: v1alpha1\negress: {mode: none, allow: [{ports: [{port: 1}]}]}', /not both/],
    [
      'an exception to nothing',
      'version: v1alpha1\negress: {mode: none, allow: [{namespace: a, except: [10.0.0.0/8]}]}',
      /belongs/,
    ],
    ['no time', 'version: v1alpha1\nmaxTimeout: 0s', /maxTimeout/],
    ['in the strict part', 'version: v1alpha1\nuntrusted: {allowedImages: [x]}', /untrusted\.allowedImages/],
  ])('%s is told with its line', (_, text, want) => {
    const reading = readPolicy('ci', [aConfigMap(text)])
    expect(reading.kind === 'unusable' && reading.message).toMatch(want)
    expect(reading.kind === 'unusable' && reading.message).toMatch(/^ConfigMap c8s-system\/ci, policy\.yaml line/)
  })

  test('it is found by its label, once', () => {
    const good = 'version: v1alpha1'
    expect(readPolicy('ci', [])).toMatchObject({ kind: 'unusable', message: expect.stringContaining('no ConfigMap') })
    expect(readPolicy('ci', [aConfigMap(good, 'x', 'other')])).toMatchObject({ kind: 'unusable' })
    expect(readPolicy('ci', [{ metadata: { name: 'x', labels: { 'c8s.dev/policy': 'ci' } } }])).toMatchObject({
      message: 'ConfigMap c8s-system/x has no key policy.yaml',
    })
    expect(readPolicy('ci', [aConfigMap(good, 'b'), aConfigMap(good, 'a')])).toMatchObject({
      message: 'the ConfigMaps a and b in c8s-system have the same label',
    })
    const found = readPolicy('ci', [aConfigMap(good)])
    expect(found).toMatchObject({
      kind: 'usable',
      id: expect.stringMatching(/^ci@[0-9a-f]{12}$/),
      policy: { version: 'v1alpha1' },
    })
  })

  test('blocks of addresses', () => {
    const isGood = (cidr: string) =>
      'policy' in parsePolicy(`version: v1alpha1\negress: {mode: none, allow: [{cidr: "${cidr}"}]}`)
    expect(
      ['10.0.0.0/8', '0.0.0.0/0', '::/0', 'fd00::/8', '1:2:3:4:5:6:7:8/128'].filter((one) => !isGood(one)),
    ).toEqual([])
    expect(
      ['10.0.0/8', '256.0.0.0/8', '10.0.0.0/33', '1::2::3/8', ':/8', '1:2/8', 'x/8', '01.0.0.0/8'].filter(isGood),
    ).toEqual([])
  })
})

const step = (change: Partial<Step> = {}): Step => ({ name: 'test', image: 'node:24', commands: ['true'], ...change })
const judge = (policy: Partial<Policy> | undefined, steps: readonly Step[], isUntrusted = false) => {
  const plan = freezePlan({ repository: 'https://git.test/a/b', steps: [...steps] })
  const usable = { kind: 'usable', name: 'ci', id: 'ci@1', policy: { version: 'v1alpha1', ...policy } } as const
  const terms = { ...(policy === undefined ? {} : { policy: usable }), isUntrusted }
  return judgePlan(plan, { at: 'spec.plan', what: 'the run' }, terms).map(renderError)
}

test.each<[string, Partial<Policy> | undefined, Partial<Step>, readonly string[]]>([
  ['nothing special without a policy', undefined, {}, []],
  ['plain labels without a policy', undefined, { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, []],
  [
    'other labels without one',
    undefined,
    { nodeSelector: { disk: 'ssd' } },
    [
      'spec.plan.steps[0].nodeSelector[disk]: PolicyForbidden: step "test" wants nodes with disk=ssd, which needs a policy of the namespace that allows it (allowed: kubernetes.io/os, kubernetes.io/arch)',
    ],
  ],
  [
    'tolerations and accounts without one',
    undefined,
    { tolerations: [{ key: 'ci', operator: 'Exists' }], serviceAccountName: 'deployer' },
    [
      'spec.plan.steps[0].tolerations[0]: PolicyForbidden: step "test" tolerates ci, which needs a policy of the namespace that allows it',
      'spec.plan.steps[0].serviceAccountName: PolicyForbidden: step "test" runs as service account deployer, which needs a policy of the namespace that allows it',
    ],
  ],
  ['an empty policy', {}, {}, []],
  ['an allowed image', { allowedImages: ['docker.io/library/*'] }, {}, []],
  [
    'another image',
    { allowedImages: ['docker.io/library/*'] },
    { image: 'evil/miner' },
    [
      'spec.plan.steps[0].image: PolicyForbidden: step "test" uses image docker.io/evil/miner:latest, which policy "ci" does not allow (allowed: docker.io/library/*)',
    ],
  ],
  [
    'an image of a service',
    { allowedRegistries: ['ghcr.io'] },
    { image: 'ghcr.io/a/b', services: [{ name: 'db', image: 'postgres:16' }] },
    [
      'spec.plan.steps[0].services[0].image: PolicyForbidden: step "test" uses image docker.io/library/postgres:16, which policy "ci" does not allow (allowed: ghcr.io)',
    ],
  ],
  [
    'no digest',
    { requireDigest: true },
    {},
    [
      'spec.plan.steps[0].image: PolicyForbidden: step "test" uses image docker.io/library/node:24 without a digest, which policy "ci" does not allow (allowed: docker.io/library/node@sha256:…)',
    ],
  ],
  ['allowed labels', { nodeSelector: { allowed: { disk: ['ssd', 'nv*'] } } }, { nodeSelector: { disk: 'nvme' } }, []],
  [
    'another value',
    { nodeSelector: { allowed: { disk: ['ssd'] } } },
    { nodeSelector: { disk: 'hdd' } },
    [
      'spec.plan.steps[0].nodeSelector[disk]: PolicyForbidden: step "test" wants nodes with disk=hdd, which policy "ci" does not allow (allowed: disk=ssd)',
    ],
  ],
  ['the required value itself', { nodeSelector: { required: { pool: 'ci' } } }, { nodeSelector: { pool: 'ci' } }, []],
  [
    'against the required value',
    { nodeSelector: { required: { pool: 'ci' } } },
    { nodeSelector: { pool: 'prod' } },
    [
      'spec.plan.steps[0].nodeSelector[pool]: PolicyForbidden: step "test" wants nodes with pool=prod, which policy "ci" does not allow (allowed: pool=ci)',
    ],
  ],
  [
    'a label called like a part of JavaScript',
    {},
    { nodeSelector: { constructor: 'x' } },
    [expect.stringContaining('nodeSelector[constructor]')],
  ],
  ['an allowed account', { serviceAccounts: ['ci-*'] }, { serviceAccountName: 'ci-deployer' }, []],
  ['root by choice', { allowRunAsRoot: false }, { runAsUser: 0 }, [expect.stringContaining('runs as root')]],
  ['another user', { allowRunAsRoot: false }, { runAsUser: 1000 }, []],
  [
    'too much',
    { maxResources: { cpu: '2', memory: '2Gi' } },
    { resources: { cpu: '1', cpuLimit: '4' } },
    [
      'spec.plan.steps[0].resources.cpu: PolicyForbidden: step "test" may use 4 of cpu, which policy "ci" does not allow (allowed: 2 of cpu)',
    ],
  ],
  [
    'too much together with a service',
    { maxResources: { memory: '1Gi' } },
    { services: [{ name: 'db', image: 'postgres', resources: { memory: '1Mi' } }] },
    [expect.stringContaining('may use 1025Mi of memory')],
  ],
  ['too long', { maxTimeout: '2h' }, { timeout: '3h' }, [expect.stringContaining('may take 3h')]],
])('%s', (...[, policy, change, want]) => {
  expect(judge(policy, [step(change)])).toEqual(want)
})

test('a run may be too long, and have too many steps', () => {
  expect(judge({ maxTimeout: '30m', maxSteps: 1 }, [step(), step({ name: 'b' })])).toEqual([
    'spec.plan.steps: PolicyForbidden: the run has 2 steps, which policy "ci" does not allow (allowed: 1)',
    'spec.plan.timeout: PolicyForbidden: the run may take 1h, which policy "ci" does not allow (allowed: 30m)',
  ])
})

test('commits that are not trusted are held to more', () => {
  const policy: Partial<Policy> = {
    allowedImages: ['docker.io/**'],
    untrusted: { allowedImages: ['docker.io/library/*'], maxSteps: 1 },
  }
  const steps = [step({ image: 'acme/tool' })]
  expect(judge(policy, steps)).toEqual([])
  expect(judge(policy, steps, true)).toEqual([expect.stringContaining('docker.io/acme/tool')])
  // What is stricter for them opens nothing that is closed for all.
  expect(
    judge({ ...policy, untrusted: { allowedImages: ['**'] } }, [step({ image: 'ghcr.io/x/y' })], true),
  ).toHaveLength(1)
})

test('a step of which the image is still to be filled in is not judged by it', () => {
  expect(judge({ allowedImages: ['docker.io/library/*'] }, [step({ image: 'acme/$(params.tool)' })])).toEqual([])
})

describe('tolerations', () => {
  const any = record({
    key: constantFrom('a', 'b', undefined),
    operator: constantFrom('Equal', 'Exists', undefined),
    value: constantFrom('x', 'y', undefined),
    effect: constantFrom('NoSchedule', 'NoExecute', undefined),
  })
  const effects = ['NoSchedule', 'NoExecute']
  const taints = ['a', 'b', 'c'].flatMap((key) =>
    ['x', 'y', ''].flatMap((value) => effects.map((effect) => ({ key, value, effect }))),
  )
  /** What Kubernetes makes of a toleration: ToleratesTaint of k8s.io/api. */
  const stands = (
    one: { key?: string; operator?: string; value?: string; effect?: string },
    taint: (typeof taints)[number],
  ) =>
    (one.effect === undefined || one.effect === taint.effect) &&
    (one.key === undefined || one.key === taint.key) &&
    (one.operator === 'Exists' || (one.key !== undefined && (one.value ?? '') === taint.value))
  const clean = (one: object) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined))

  test('what is allowed stands no taint that the policy does not allow to stand', () => {
    assert(
      property(any, any, (first, second) => {
        const [wanted, allowed] = [clean(first), clean(second)]
        if (!isTolerationAllowed(wanted, [allowed])) return
        for (const taint of taints) if (stands(wanted, taint)) expect(stands(allowed, taint)).toBe(true)
      }),
    )
  })

  test('the same is allowed', () => {
    expect(isTolerationAllowed({ key: 'a', value: 'x' }, [{ key: 'a', value: 'x' }])).toBe(true)
    expect(isTolerationAllowed({ operator: 'Exists' }, [{ operator: 'Exists' }])).toBe(true)
  })
})

test.each<[string, Partial<Policy>, string | undefined, number]>([
  ['no priority', { priorityClasses: ['ci-*'] }, undefined, 0],
  ['one that is allowed', { priorityClasses: ['ci-*'] }, 'ci-low', 0],
  ['one that is not', { priorityClasses: ['ci-*'] }, 'production', 1],
  ['any where the policy says nothing', {}, 'production', 0],
])('priority: %s', (...[, fields, className, refusals]) => {
  const plan = freezePlan({ repository: 'https://git.example/r', steps: [{ name: 'a', image: 'i', commands: ['c'] }] })
  const policy = { kind: 'usable', name: 'ci', id: 'ci@1', policy: { version: 'v1alpha1', ...fields } } as const
  const judged = className === undefined ? plan : { ...plan, priority: { className, value: 1 } }
  const errors = judgePlan(judged, { at: 'spec.plan', what: 'the run' }, { policy, isUntrusted: false })
  expect(errors.map(({ path, code }) => `${path} ${code}`)).toEqual(
    refusals === 0 ? [] : ['spec.plan.priority PolicyForbidden'],
  )
})

import { expect, test } from 'vitest'
import { renderError } from '../../src/lib/field-error.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import type { Policy } from './document.ts'
import { judgeOwnJob } from './own-jobs.ts'

const main = { name: 'main', image: 'node:24', command: ['x'] }
const judge = (policy: Partial<Policy>, pod: object, spec: object = {}) => {
  const job = { metadata: {}, spec: { ...spec, template: { spec: { containers: [main], ...pod } } } } as Job
  return judgeOwnJob(job, { kind: 'usable', name: 'ci', id: 'ci@1', policy: { version: 'v1alpha1', ...policy } }).map(
    renderError,
  )
}
const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}
const withContext = (securityContext: object) => ({ containers: [{ ...main, securityContext }] })
const at = 'spec.template.spec'

test.each<[string, Partial<Policy>, object, readonly string[]]>([
  ['nothing special', {}, {}, []],
  ['hostPath where the policy says nothing of it', {}, { volumes: [{ name: 'a', hostPath: { path: '/' } }] }, []],
  ['none at all', { allowOwnJobs: false }, {}, ['metadata.labels[c8s.dev/job-type]: ']],
  ['an image', { allowedImages: ['ghcr.io/**'] }, {}, [`${at}.containers[0].image: `]],
  [
    'an init image',
    { allowedImages: ['docker.io/library/node'] },
    { initContainers: [{ ...main, image: 'evil/x' }] },
    [`${at}.initContainers[0].image: `],
  ],
  [
    "the containers of c8s are c8s's",
    { allowedImages: ['docker.io/library/node'], maxResources: { cpu: '1' }, securityLevel: 'restricted' },
    {
      containers: [
        { name: 'c8s-log', image: 'ghcr.io/c8s' },
        { ...main, securityContext: restricted, resources: { limits: { cpu: '1' } } },
      ],
    },
    [],
  ],
  ['no limit', { maxResources: { cpu: '1' } }, {}, [`${at}.containers: `]],
  [
    'an init container without a limit, and one that stays beside the others',
    { maxResources: { cpu: '1' } },
    {
      containers: [{ ...main, resources: { limits: { cpu: '1' } } }],
      initContainers: [
        { ...main, name: 'first' },
        { ...main, name: 'beside', restartPolicy: 'Always', resources: { limits: { cpu: '1' } } },
        { ...main, name: 'small', resources: { limits: { cpu: '1' } } },
      ],
    },
    [`${at}.containers: `, `${at}.initContainers[0].resources: `],
  ],
  [
    'the network of the node where egress is held',
    { egress: { mode: 'none' } },
    { hostNetwork: true },
    [`${at}.hostNetwork: `],
  ],
  ['the network of the node where it is not', {}, { hostNetwork: true }, []],
  ['a selector', {}, { nodeSelector: { pool: 'prod' } }, [`${at}.nodeSelector[pool]: `]],
  ['a toleration', {}, { tolerations: [{ operator: 'Exists' }] }, [`${at}.tolerations[0]: `]],
  ['an account', { serviceAccounts: ['ci'] }, { serviceAccountName: 'admin' }, [`${at}.serviceAccountName: `]],
  ['the default account', {}, { serviceAccountName: 'default' }, []],
  ['a node', {}, { nodeName: 'control-plane' }, [`${at}.nodeName: `]],
  ['an affinity', {}, { affinity: { nodeAffinity: {} } }, [`${at}.affinity.nodeAffinity: `]],
  ['another affinity', {}, { affinity: { podAffinity: {} } }, []],
  ['root', { allowRunAsRoot: false }, {}, [`${at}.containers[0].securityContext.runAsNonRoot: `]],
  [
    'root by choice',
    { allowRunAsRoot: false },
    withContext({ runAsUser: 0, runAsNonRoot: true }),
    [`${at}.containers[0].securityContext.runAsUser: `],
  ],
  ['no root', { allowRunAsRoot: false }, { securityContext: { runAsUser: 1 } }, []],
  [
    'baseline',
    { securityLevel: 'baseline' },
    {
      hostNetwork: true,
      volumes: [{ name: 'a', hostPath: { path: '/' } }],
      containers: [
        {
          ...main,
          ports: [{ hostPort: 80 }],
          securityContext: { privileged: true, procMount: 'Unmasked', capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } },
        },
      ],
    },
    [
      `${at}.hostNetwork: `,
      `${at}.volumes[0].hostPath: `,
      `${at}.containers[0].securityContext.privileged: `,
      `${at}.containers[0].securityContext.capabilities.add: `,
      `${at}.containers[0].securityContext.procMount: `,
      `${at}.containers[0].ports: `,
    ],
  ],
  ['restricted', { securityLevel: 'restricted' }, withContext(restricted), []],
  [
    'not restricted',
    { securityLevel: 'restricted' },
    {},
    ['runAsNonRoot', 'allowPrivilegeEscalation', 'capabilities.drop', 'seccompProfile'].map(
      (field) => `${at}.containers[0].securityContext.${field}: `,
    ),
  ],
  ['no deadline', { maxTimeout: '1h' }, {}, ['spec.activeDeadlineSeconds: ']],
  ['a deadline', { maxTimeout: '1h' }, { activeDeadlineSeconds: 60 }, []],
])('%s', (...[, policy, pod, want]) => {
  const said = judge(policy, pod)
  expect(said.map((line) => line.slice(0, line.indexOf('PolicyForbidden')))).toEqual(want)
})

test('the words', () => {
  expect(judge({ maxTimeout: '1h' }, {}, { activeDeadlineSeconds: 7200 })).toEqual([
    'spec.activeDeadlineSeconds: PolicyForbidden: the Job may take 2h, which policy "ci" does not allow (allowed: 1h)',
  ])
  expect(judge({ securityLevel: 'baseline' }, { hostPID: true })).toEqual([
    `${at}.hostPID: PolicyForbidden: the pod has hostPID, which policy "ci" does not allow`,
  ])
})

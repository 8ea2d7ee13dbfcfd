import type { Container, PodTemplate } from '../../src/lib/kubernetes.ts'
import type { InjectionFacts } from '../../webhooks/inject/injection.ts'

/** The plainest facts of a run's step: no clone, no Secrets. */
export const plainFacts: InjectionFacts = {
  jobType: 'step',
  image: 'registry.test/c8s:1',
  stepContainer: 'step',
  restricted: false,
  labels: { 'c8s.dev/job-type': 'step' },
  environment: [{ name: 'CI', value: 'true' }],
  stepEnvironment: [],
  secrets: [],
  timeoutSeconds: 1800,
}

/** Facts in which every injection has something to do. */
export const fullFacts: InjectionFacts = {
  ...plainFacts,
  restricted: true,
  stepEnvironment: [{ name: 'PRICE', value: '$$5' }],
  secrets: [
    { secretRef: 'registry', key: 'password', envVar: 'PASSWORD' },
    { secretRef: 'registry', key: 'config.json', file: 'docker.json' },
    { secretRef: 'deploy', key: 'TOKEN' },
  ],
  services: [
    { name: 'db', image: 'postgres:17', env: [{ name: 'PASSWORD', value: '$5' }], ready: { port: 5432 } },
    { name: 'cache', image: 'redis:8' },
  ],
  workspaceClaim: 'run-workspace-1',
  clone: {
    options: {
      repository: 'https://git.test/team/app',
      commit: 'abc1234',
      branch: 'main',
      depth: 1,
      submodules: false,
      workspace: '/workspace',
      commitFile: '/c8s/commit',
      requiredBranches: ['main'],
    },
    authSecret: 'forge-key',
  },
  resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } },
  runAsUser: 1000,
  placement: {
    nodeSelector: { pool: 'ci' },
    tolerations: [{ key: 'ci', operator: 'Exists', effect: 'NoSchedule' }],
    serviceAccountName: 'deployer',
  },
  priorityClassName: 'urgent',
}

export const aStepContainer: Container = { name: 'step', image: 'node:24', args: ['npm test'] }

export const aTemplate = (change: Partial<PodTemplate['spec']> = {}): PodTemplate => ({
  metadata: { labels: { app: 'x' } },
  spec: { restartPolicy: 'Never', containers: [aStepContainer], ...change },
})

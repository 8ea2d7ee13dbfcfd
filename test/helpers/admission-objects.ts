import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { RunEvent } from '../../crds/parts/event.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { RepositoryConnectionSpec } from '../../crds/repository-connection.ts'
import type { Job, KubeObject, ResourceQuota } from '../../src/lib/kubernetes.ts'

/** Objects of one team's namespace, the plainest that are accepted; each can be changed by what is given. */
export const team = 'team-a'

export const aPipeline = (change: Partial<PipelineSpec> = {}): PipelineSpec => ({
  repository: 'https://git.test/team/app',
  steps: [
    { name: 'test', image: 'node:24', commands: ['npm ci', 'npm test'] },
    { name: 'build', image: 'node:24', commands: ['npm run build'], dependsOn: ['test'] },
  ],
  ...change,
})

export const aConfig = (spec: Partial<PipelineSpec> = {}, metadata: KubeObject['metadata'] = {}): PipelineConfig => ({
  apiVersion,
  kind: 'PipelineConfig',
  metadata: { name: 'app', namespace: team, ...metadata },
  spec: aPipeline(spec),
})

export const aRun = (spec: Partial<PipelineRun['spec']> = {}, metadata: KubeObject['metadata'] = {}): PipelineRun => ({
  apiVersion,
  kind: 'PipelineRun',
  metadata: { name: 'app-1', namespace: team, ...metadata },
  spec: { pipelineConfigRef: 'app', commit: 'abc1234', branch: 'main', ...spec },
})

export const anInlineRun = (pipeline: Partial<PipelineSpec> = {}): PipelineRun => {
  const { pipelineConfigRef: _ref, ...spec } = aRun().spec
  return { ...aRun(), spec: { ...spec, pipelineSpec: aPipeline(pipeline) } }
}

export const fullCommit = 'abc1234'.padEnd(40, '0')

/** A push, as c8s tells of it; with a pullRequest of what is given it is one of those. */
export const anEvent = (change: Partial<RunEvent> = {}): RunEvent => ({
  type: change.pullRequest === undefined ? 'push' : 'pullRequest',
  connection: 'forge',
  pipeline: 'web',
  receivedAt: '2026-11-21T09:59:59.123Z',
  ...change,
})

export const aPullRequest = (change: Partial<NonNullable<RunEvent['pullRequest']>> = {}) => ({
  pullRequest: { number: 7, fork: false, branch: 'feature', targetBranch: 'main', ...change },
})

/** The run of a pull request from a fork, as c8s makes it of a config in the cluster. */
export const aForkRun = (change: Partial<PipelineRun['spec']> = {}): PipelineRun => {
  const { branch: _branch, ...spec } = aRun().spec
  const event = anEvent(aPullRequest({ fork: true, branch: 'main' }))
  return { ...aRun(), spec: { ...spec, commit: fullCommit, event, ...change } }
}

/** The same spec, made of a file of the commit. */
export const fromFile = (run: PipelineRun, pipeline: Partial<PipelineSpec> = {}): PipelineRun => {
  const { pipelineConfigRef: _ref, ...spec } = run.spec
  return { ...run, spec: { ...spec, pipelineSpec: aPipeline(pipeline) } }
}

/** Made only to tell why nothing can run. */
export const aRejectedRun = (change: Partial<PipelineRun['spec']> = {}): PipelineRun => {
  const { pipelineConfigRef: _ref, ...spec } = aRun().spec
  const rejected = { reason: 'UnknownStep', message: 'there is no step tset', file: '.c8s.yaml', line: 7 }
  return { ...aRun(), spec: { ...spec, commit: fullCommit, event: anEvent(), rejected, ...change } }
}

export const aConnection = (
  spec: Partial<RepositoryConnectionSpec> = {},
  metadata: KubeObject['metadata'] = {},
): RepositoryConnection => ({
  apiVersion,
  kind: 'RepositoryConnection',
  metadata: { name: 'forge', namespace: team, ...metadata },
  spec: { repository: 'https://git.test/team/app', provider: 'generic', ...spec },
})

export const aSecret = (name: string, metadata: KubeObject['metadata'] = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: team, ...metadata },
})

export const aQuota = (hard: Readonly<Record<string, string>>, spec: ResourceQuota['spec'] = {}): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'team', namespace: team },
  spec: { hard, ...spec },
})

export const aNamespace = (labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: team, labels },
})

/** A user's own Job, as the API server sends it: with its defaults filled in. */
export const anOwnJob = (annotations: Readonly<Record<string, string>> = {}, spec: object = {}): Job =>
  ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'mine', namespace: team, labels: { 'c8s.dev/job-type': 'own' }, annotations },
    spec: {
      backoffLimit: 2,
      template: {
        metadata: { labels: { app: 'mine' } },
        spec: {
          containers: [
            {
              name: 'main',
              image: 'tool:1',
              command: ['/bin/tool', 'run it'],
              args: ["--who=it's $(WHO)", '$HOME'],
              env: [{ name: 'WHO', value: 'me' }],
              resources: {},
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              imagePullPolicy: 'IfNotPresent',
            },
          ],
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 30,
          dnsPolicy: 'ClusterFirst',
          securityContext: {},
          schedulerName: 'default-scheduler',
          ...spec,
        },
      },
    },
  }) as Job

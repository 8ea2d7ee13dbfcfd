import { expect, test } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import { toArguments } from './arguments.ts'
import { renderJob } from './job.ts'

const run: PipelineRun = {
  metadata: {
    name: 'nightly',
    namespace: 'team',
    uid: 'uid-1',
    labels: { 'app.kubernetes.io/instance': 'argo', 'kustomize.toolkit.fluxcd.io/name': 'flux' },
  },
  spec: { pipelineConfigRef: 'web', commit: 'abc1234' },
}
const step = { name: 'unit', image: 'node:24', commands: ['npm ci', 'echo $HOME $(date) $$'] }

test('every dollar sign is doubled, so that kubelet leaves the commands as they are', () => {
  const cases: [string, string][] = [
    ['echo $HOME', 'echo $$HOME'],
    ['echo $(date)', 'echo $$(date)'],
    ['echo $$', 'echo $$$$'],
    ['plain', 'plain'],
  ]
  for (const [given, want] of cases) expect(toArguments([given])).toEqual([want])
})

test('a bare Job holds the step container and what the Job controller must know, nothing else', () => {
  expect(renderJob({ run, step, attempt: 2, ttlSeconds: 3600 })).toMatchInlineSnapshot(`
    {
      "apiVersion": "batch/v1",
      "kind": "Job",
      "metadata": {
        "labels": {
          "app.kubernetes.io/managed-by": "c8s",
          "app.kubernetes.io/part-of": "c8s",
          "c8s.dev/attempt": "2",
          "c8s.dev/job-type": "step",
          "c8s.dev/run": "nightly",
          "c8s.dev/run-uid": "uid-1",
          "c8s.dev/step": "unit",
        },
        "name": "nightly-unit-m07v6w2txa",
        "namespace": "team",
        "ownerReferences": [
          {
            "apiVersion": "c8s.dev/v1alpha1",
            "blockOwnerDeletion": true,
            "controller": true,
            "kind": "PipelineRun",
            "name": "nightly",
            "uid": "uid-1",
          },
        ],
      },
      "spec": {
        "backoffLimit": 0,
        "podFailurePolicy": {
          "rules": [
            {
              "action": "Ignore",
              "onPodConditions": [
                {
                  "status": "True",
                  "type": "DisruptionTarget",
                },
              ],
            },
          ],
        },
        "podReplacementPolicy": "Failed",
        "template": {
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "c8s",
              "app.kubernetes.io/part-of": "c8s",
              "c8s.dev/attempt": "2",
              "c8s.dev/job-type": "step",
              "c8s.dev/run": "nightly",
              "c8s.dev/run-uid": "uid-1",
              "c8s.dev/step": "unit",
            },
          },
          "spec": {
            "containers": [
              {
                "args": [
                  "npm ci",
                  "echo $$HOME $$(date) $$$$",
                ],
                "image": "node:24",
                "name": "step",
              },
            ],
            "restartPolicy": "Never",
          },
        },
        "ttlSecondsAfterFinished": 3600,
      },
    }
  `)
})

test('a queue of Kueue is named on the Job, not on its pods', () => {
  const plan = { repository: 'r', steps: [step], timeoutSeconds: 60, clone: { depth: 1, submodules: false } }
  const queued = { ...run, spec: { ...run.spec, plan: { ...plan, queueName: 'ci' } } }
  const job = renderJob({ run: queued, step, attempt: 1, ttlSeconds: 1 })
  expect(job.metadata.labels?.['kueue.x-k8s.io/queue-name']).toBe('ci')
  expect(job.spec?.template.metadata?.labels?.['kueue.x-k8s.io/queue-name']).toBeUndefined()
})

test('tracking labels of GitOps tools on the run do not reach the Job', () => {
  const keys = Object.keys(renderJob({ run, step, attempt: 1, ttlSeconds: 1 }).metadata.labels ?? {})
  expect(keys.filter((key) => /instance|flux/.test(key))).toEqual([])
})

test('another attempt, step or run uid has another name', () => {
  const names = [
    renderJob({ run, step, attempt: 1, ttlSeconds: 1 }),
    renderJob({ run, step, attempt: 2, ttlSeconds: 1 }),
    renderJob({ run, step: { ...step, name: 'lint' }, attempt: 1, ttlSeconds: 1 }),
    renderJob({ run: { ...run, metadata: { ...run.metadata, uid: 'uid-2' } }, step, attempt: 1, ttlSeconds: 1 }),
  ].map((job) => job.metadata.name)
  expect(new Set(names).size).toBe(4)
})

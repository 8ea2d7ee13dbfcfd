import type { PipelineRun } from '../../crds/kinds.ts'
import type { RunEvent } from '../../crds/parts/event.ts'
import { freezePlan } from '../../crds/plan.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { Job, PodSpec } from '../../src/lib/kubernetes.ts'
import { createFacts, type Facts } from '../../webhooks/facts.ts'
import { injectTemplate } from '../../webhooks/inject/inject.ts'
import { findInjection } from '../../webhooks/mutate/job.ts'

const step = { name: 'test', image: 'busybox:1.37', commands: ['true'] }
const plan = freezePlan({ repository: 'https://github.com/example/web', steps: [step] })
const pullRequest = { number: 7, fork: false, branch: 'fix', targetBranch: 'main' }
const event: RunEvent = { type: 'pullRequest', pipeline: 'web', receivedAt: '2026-01-01T00:00:00.000Z', pullRequest }
const spec = { pipelineConfigRef: 'web', commit: 'abc1234', branch: 'fix', triggeredBy: 'somebody', event, plan }
const run = { metadata: { name: 'web-1', namespace: 'team', uid: 'uid-1' }, spec } as PipelineRun

/** The pod of a plain step of a run of a pull request, so that it has every variable there can be, as the controller asks for it and the webhook completes it. */
export function aStepPod(): PodSpec {
  const job = renderJob({ run, step, attempt: 1, ttlSeconds: 3600 })
  return completeJob(job)
}

function completeJob(job: Job): PodSpec {
  const empty = createFacts(0, { image: 'c8s:test', strictReferences: false })
  const facts: Facts = { ...empty, runs: new Map([['web-1', run]]), namespaceLabels: {} }
  const injection = findInjection(job, facts)
  if (injection === undefined || job.spec === undefined) throw new Error('nothing is injected into a step')
  return injectTemplate(job.spec.template, injection).spec
}

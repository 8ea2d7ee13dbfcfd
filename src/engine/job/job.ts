import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Step } from '../../../crds/parts/step.ts'
import type { Job } from '../../lib/kubernetes.ts'
import { podFailurePolicy } from './failure-policy.ts'
import { renderLabels, renderMetadata } from './metadata.ts'
import { renderTemplate } from './template.ts'

export interface JobOrder {
  readonly run: PipelineRun
  readonly step: Step
  /** From 1. */
  readonly attempt: number
  readonly ttlSeconds: number
}

/** The bare Job of one attempt of a step, as the controller creates it and admission completes it. */
export function renderJob({ run, step, attempt, ttlSeconds }: JobOrder): Job {
  const of = { run, step: step.name, attempt }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: renderMetadata(of),
    spec: {
      backoffLimit: 0,
      podFailurePolicy,
      podReplacementPolicy: 'Failed',
      ttlSecondsAfterFinished: ttlSeconds,
      template: renderTemplate(step, renderLabels(of)),
    },
  }
}

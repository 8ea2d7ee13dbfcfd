/**
 * A pod lost to a disruption (node gone, preempted, evicted) is replaced by the Job and does not count as a failure of
 * the step: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
export const podFailurePolicy = {
  rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
} as const

import { graceVariable, timeoutVariable } from '../../src/lib/agent-options.ts'
import type { PodTemplate } from '../../src/lib/kubernetes.ts'
import type { InjectionFacts } from './injection.ts'

/** Between SIGTERM and SIGKILL to the step's processes. */
const stepGraceSeconds = 30

/** What the step driver is told, as variables. */
export function toDriverOptions(
  { spec }: PodTemplate,
  { jobType, timeoutSeconds }: InjectionFacts,
): Readonly<Record<string, string>> {
  const own = Math.max(1, (spec.terminationGracePeriodSeconds ?? 30) - 5)
  return {
    ...(timeoutSeconds === undefined ? {} : { [timeoutVariable]: String(timeoutSeconds) }),
    [graceVariable]: String(jobType === 'step' ? stepGraceSeconds : own),
  }
}

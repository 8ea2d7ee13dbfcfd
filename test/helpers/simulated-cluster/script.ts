import type { Step } from '../../../crds/parts/step.ts'

/** What one pod of a step does; the n-th entry is for the step's n-th pod, the last for all after it. */
export type PodScript =
  | {
      readonly does: 'exit'
      readonly code: number
      readonly seconds?: number
      readonly reason?: string
      readonly message?: string
    }
  /** Runs until it is stopped. */
  | { readonly does: 'hang' }
  /** The node evicts it while it runs; the Job replaces it. */
  | { readonly does: 'evict' }
  /** The kubelet ends it without the DisruptionTarget condition; the Job counts that as a failure. */
  | { readonly does: 'shutdown' }
  | { readonly does: 'clone-fail'; readonly reason: string; readonly message: string }
  /** A service beside the step ends for the second time before it is ready. */
  | { readonly does: 'service-fail'; readonly service: string; readonly message: string }
  | { readonly does: 'mask-fail' }
  | { readonly does: 'pull-fail'; readonly message: string }
  /** The step ends with 0, and then the shipper dies. */
  | { readonly does: 'ship-fail' }
  /** No node takes it, or only after so many seconds; then it succeeds. */
  | { readonly does: 'unschedulable'; readonly seconds?: number }

export type Script = Readonly<Record<string, readonly PodScript[]>>

export const succeed: PodScript = { does: 'exit', code: 0 }

/** The commit that every clone of the simulation finds. */
export const clonedCommit = 'c0ffee'.padEnd(40, '0')

export function scriptOf(script: Script, step: string, podIndex: number): PodScript {
  const pods = script[step] ?? [succeed]
  return pods[Math.min(podIndex, pods.length - 1)] ?? succeed
}

const lostPods: ReadonlySet<string> = new Set(['evict', 'shutdown', 'mask-fail'])

/** What the step's pods, as scripted, come to: what is lost is replaced, what fails is tried again as the step says. */
export function predictStep(script: Script, step: Step, maxInterruptions: number): 'Succeeded' | 'Failed' {
  let lost = 0
  let failures = 0
  for (let index = 0; lost < maxInterruptions; index += 1) {
    const pod = scriptOf(script, step.name, index)
    if (lostPods.has(pod.does)) lost += 1
    else if (pod.does === 'ship-fail' || (pod.does === 'exit' && pod.code === 0)) return 'Succeeded'
    else if (pod.does === 'exit' && failures < (step.retries?.limit ?? 0) && isListed(step, pod.code)) failures += 1
    else return 'Failed'
  }
  return 'Failed'
}

function isListed({ retries }: Step, code: number): boolean {
  return retries?.exitCodes === undefined || retries.exitCodes.includes(code)
}

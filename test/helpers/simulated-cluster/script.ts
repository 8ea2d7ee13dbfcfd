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
  | { readonly does: 'mask-fail' }
  | { readonly does: 'pull-fail'; readonly message: string }
  /** The step ends with 0, and then the shipper dies. */
  | { readonly does: 'ship-fail' }
  | { readonly does: 'unschedulable' }

export type Script = Readonly<Record<string, readonly PodScript[]>>

export const succeed: PodScript = { does: 'exit', code: 0 }

/** The commit that every clone of the simulation finds. */
export const clonedCommit = 'c0ffee'.padEnd(40, '0')

export function scriptOf(script: Script, step: string, podIndex: number): PodScript {
  const pods = script[step] ?? [succeed]
  return pods[Math.min(podIndex, pods.length - 1)] ?? succeed
}

/** Whether the step's pods, as scripted, come to a result of the step's own, and which. */
export function predictStep(script: Script, step: string, maxInterruptions: number): 'Succeeded' | 'Failed' {
  for (let index = 0; index < maxInterruptions; index += 1) {
    const pod = scriptOf(script, step, index)
    if (pod.does === 'evict' || pod.does === 'shutdown' || pod.does === 'mask-fail') continue
    const isGood = pod.does === 'ship-fail' || (pod.does === 'exit' && pod.code === 0)
    return isGood ? 'Succeeded' : 'Failed'
  }
  return 'Failed'
}

import { spawnSync } from 'node:child_process'

/** Which cluster a command talks to. */
export interface KubectlTarget {
  readonly kubeconfig: string
  readonly context?: string
}

export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export function toKubectlArguments({ kubeconfig, context }: KubectlTarget, args: readonly string[]): readonly string[] {
  return ['--kubeconfig', kubeconfig, ...(context === undefined ? [] : ['--context', context]), ...args]
}

/** Runs kubectl and answers with what it said, whatever its exit code. `input` goes to its standard input. */
export function tryKubectl(target: KubectlTarget, args: readonly string[], input?: string): KubectlResult {
  const options = { encoding: 'utf8', maxBuffer: 1 << 30, ...(input === undefined ? {} : { input }) } as const
  const { status, stdout, stderr, error } = spawnSync('kubectl', toKubectlArguments(target, args), options)
  if (error !== undefined) throw new Error(`kubectl cannot be started: ${error.message}`)
  return { code: status ?? 1, stdout, stderr }
}

/** Runs kubectl and answers with its standard output; throws what it said when it fails. */
export function kubectl(target: KubectlTarget, args: readonly string[], input?: string): string {
  const { code, stdout, stderr } = tryKubectl(target, args, input)
  if (code !== 0) throw new Error(`kubectl ${args.slice(0, 3).join(' ')} failed (${code}): ${stderr.trim()}`)
  return stdout
}

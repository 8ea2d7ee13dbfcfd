import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type KubectlTarget, toKubectlArguments } from '../install/kubectl.ts'
import { demoNamespace } from '../sample/render.ts'
import { diffRunStates, isEnded, parseRunState, type RunState, watchTemplate } from './progress.ts'

/** The example takes about 20 s; a slow first image pull may take minutes. */
const runLimitMs = 600_000

/** Follows the run by a watch and prints what changes; answers with its last state. */
export async function followRun(target: KubectlTarget, name: string): Promise<RunState> {
  const resource = ['get', 'pipelineruns.c8s.dev', name, '-n', demoNamespace]
  const args = [...resource, '--watch', '-o', `go-template=${watchTemplate}`]
  const child = spawn('kubectl', toKubectlArguments(target, args), { stdio: ['ignore', 'pipe', 'inherit'] })
  const limit = setTimeout(() => child.kill('SIGTERM'), runLimitMs)
  const started = performance.now()
  let state: RunState | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const next = parseRunState(line)
    const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5)
    for (const change of diffRunStates(state, next)) console.log(`  ${seconds} s  ${change}`)
    state = next
    if (isEnded(next)) break
  }
  clearTimeout(limit)
  child.kill('SIGTERM')
  if (state === undefined || !isEnded(state)) throw new Error(`run ${name} did not end within ${runLimitMs / 1000} s`)
  return state
}

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type KubectlTarget, toKubectlArguments } from '../install/kubectl.ts'
import { demoNamespace } from '../sample/render.ts'

/** A run as it was first seen. */
export interface SeenRun {
  readonly name: string
  readonly commit: string
  /** Of performance.now(). */
  readonly at: number
}

export interface RunWatch {
  /** The first run of the commit; undefined when none came in time. */
  find(commit: string, limitMs: number): Promise<SeenRun | undefined>
  stop(): void
}

const separator = '\x1f'
const template = 'go-template={{.metadata.name}}{{"\\x1f"}}{{.spec.commit}}{{"\\n"}}'

/** Watches for runs that a connection asked for. Those that are there already count too. */
export function watchRuns(target: KubectlTarget, connection: string): RunWatch {
  const resource = ['get', 'pipelineruns.c8s.dev', '-n', demoNamespace, '-l', `c8s.dev/connection=${connection}`]
  const args = [...resource, '--watch', '-o', template]
  const child = spawn('kubectl', toKubectlArguments(target, args), { stdio: ['ignore', 'pipe', 'inherit'] })
  const seen = new Map<string, SeenRun>()
  const listeners = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [name = '', commit = ''] = line.split(separator)
    if (!seen.has(commit)) seen.set(commit, { name, commit, at: performance.now() })
    for (const listener of listeners) listener()
  })
  const find = (commit: string, limitMs: number): Promise<SeenRun | undefined> =>
    new Promise((resolve) => {
      const look = (isLast: boolean): void => {
        if (!isLast && !seen.has(commit)) return
        clearTimeout(timer)
        listeners.delete(listener)
        resolve(seen.get(commit))
      }
      const listener = (): void => look(false)
      const timer = setTimeout(() => look(true), limitMs)
      listeners.add(listener)
      look(false)
    })
  return { find, stop: () => child.kill('SIGTERM') }
}

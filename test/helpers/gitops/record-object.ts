import { spawn } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { type KubectlTarget, toKubectlArguments } from '../../../deploy/install/kubectl.ts'
import type { Manifest } from '../cluster.ts'

export interface ObjectRecord {
  /** Each state that it had since the record began. */
  seen(): readonly Manifest[]
  stop(): void
}

/** Watches one object; `name` is type/name. */
export function recordObject(target: KubectlTarget, namespace: string, name: string): ObjectRecord {
  const args = ['-n', namespace, 'get', name, '--watch', '-o', 'json']
  const child = spawn('kubectl', toKubectlArguments(target, args), { stdio: ['ignore', 'pipe', 'ignore'] })
  const seen: Manifest[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // One indented object after another: each ends with a brace alone on its line.
    const parts = (rest + text).split(/(?<=^\}\n)/m)
    rest = parts.at(-1)?.endsWith('\n}\n') === true ? '' : (parts.pop() ?? '')
    for (const part of parts) seen.push(JSON.parse(part) as Manifest)
  })
  return { seen: () => seen, stop: () => void child.kill() }
}

/** How often the value was another than before. */
export function countChanges<T>(seen: readonly T[], pick: (one: T) => unknown): number {
  return seen.filter((one, index) => {
    const before = seen[index - 1]
    return before !== undefined && !isDeepStrictEqual(pick(one), pick(before))
  }).length
}

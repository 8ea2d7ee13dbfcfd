import { spawn } from 'node:child_process'
import { type KubectlTarget, toKubectlArguments } from '../../../deploy/install/kubectl.ts'

/** Sync and health of an application at a moment. */
export interface ArgoStatus {
  readonly sync: string
  readonly health: string
  /** Phase of the last operation: `Running`, `Succeeded`, `Failed`, `Error`. */
  readonly operation: string
  readonly at: Date
}

export interface StatusRecord {
  /** All that it ever was since the record began, one after the other. Throws where the watch broke off. */
  seen(): readonly ArgoStatus[]
  stop(): void
}

const columns = '{.status.sync.status}|{.status.health.status}|{.status.operationState.phase}{"\\n"}'

/** Watches an application, so that no state that lasts for a moment is missed. */
export function watchStatuses(target: KubectlTarget, namespace: string, app: string): StatusRecord {
  const args = ['-n', namespace, 'get', 'applications.argoproj.io', app, '--watch', '-o', `jsonpath=${columns}`]
  const child = spawn('kubectl', toKubectlArguments(target, args), { stdio: ['ignore', 'pipe', 'pipe'] })
  const seen: ArgoStatus[] = []
  let [rest, said, isWanted] = ['', '', true]
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [sync = '', health = '', operation = ''] = line.split('|')
      const last = seen.at(-1)
      if (last?.sync === sync && last.health === health && last.operation === operation) continue
      seen.push({ sync, health, operation, at: new Date() })
    }
  })
  return {
    seen: () => {
      if (isWanted && child.exitCode !== null) throw new Error(`the watch of ${app} broke off: ${said}`)
      return seen
    },
    stop: () => {
      isWanted = false
      child.kill()
    },
  }
}

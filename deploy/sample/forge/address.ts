import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { kubectl, toKubectlArguments } from '../../install/kubectl.ts'
import type { ChosenCluster } from '../../local/choose.ts'

/** The forge as this machine reaches it. Payloads and links keep the name that pods use. */
export interface ForgeAddress {
  /** Base URL without a slash at the end. */
  url: string
  close(): void
}

const forwardLimitMs = 30_000

/** On the local cluster the Service's own address, which the machine routes; elsewhere a port forward. */
export async function openForgeAddress(cluster: ChosenCluster, namespace: string): Promise<ForgeAddress> {
  if (cluster.kind !== 'local') return forwardPort(cluster, namespace)
  const service = ['get', 'service', 'gitea', '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}']
  return { url: `http://${kubectl(cluster, service).trim()}`, close: () => undefined }
}

async function forwardPort(cluster: ChosenCluster, namespace: string): Promise<ForgeAddress> {
  const args = ['port-forward', 'service/gitea', '-n', namespace, '--address=127.0.0.1', ':80']
  const child = spawn('kubectl', toKubectlArguments(cluster, args), { stdio: ['ignore', 'pipe', 'inherit'] })
  const limit = setTimeout(() => child.kill('SIGTERM'), forwardLimitMs)
  try {
    const port = await readForwardedPort(child)
    // It goes on telling of each connection, and would stand still when nobody reads.
    child.stdout.resume()
    return { url: `http://127.0.0.1:${port}`, close: () => child.kill('SIGTERM') }
  } finally {
    clearTimeout(limit)
  }
}

/** kubectl says which port it chose once it listens: `Forwarding from 127.0.0.1:37013 -> 3000`. */
async function readForwardedPort({ stdout }: ChildProcess): Promise<number> {
  if (stdout !== null) {
    const lines = createInterface({ input: stdout })
    for await (const line of lines) {
      const port = parseForwardedPort(line)
      if (port !== undefined) return port
    }
  }
  throw new Error('kubectl port-forward ended before it listened, so the forge cannot be reached from this machine')
}

export function parseForwardedPort(line: string): number | undefined {
  const port = /^Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(line)?.[1]
  return port === undefined ? undefined : Number(port)
}

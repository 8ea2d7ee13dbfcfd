import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { ChosenCluster } from '../local/choose.ts'
import { kubectl, toKubectlArguments } from './kubectl.ts'

export interface ServicePort {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** A Service as this machine reaches it. */
export interface ServiceAddress {
  readonly host: string
  readonly port: number
  /** http://host:port */
  readonly url: string
  close(): Promise<void>
}

/** On the local cluster the Service's own address, which the machine routes; elsewhere a port that kubectl forwards. */
export async function openServiceAddress(cluster: ChosenCluster, service: ServicePort): Promise<ServiceAddress> {
  if (cluster.kind !== 'local') return forward(cluster, service)
  const { namespace, name, port } = service
  const host = kubectl(cluster, ['get', 'service', name, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}'])
  return { host, port, url: toUrl(host, port), close: async () => {} }
}

function toUrl(host: string, port: number): string {
  return `http://${host}:${port}`
}

async function forward(cluster: ChosenCluster, { namespace, name, port }: ServicePort): Promise<ServiceAddress> {
  const args = ['port-forward', '-n', namespace, `service/${name}`, `:${port}`, '--address', '127.0.0.1']
  const child = spawn('kubectl', toKubectlArguments(cluster, args), { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const close = async () => {
    child.kill('SIGTERM')
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const local = /127\.0\.0\.1:(\d+) ->/.exec(line)?.[1]
    if (local === undefined) continue
    // It goes on telling of each connection, and would stand still when nobody reads.
    child.stdout.resume()
    return { host: '127.0.0.1', port: Number(local), url: toUrl('127.0.0.1', Number(local)), close }
  }
  throw new Error(`kubectl port-forward to service/${name} in ${namespace} ended before it was ready`)
}

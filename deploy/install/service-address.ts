import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { type KubectlTarget, kubectl, toKubectlArguments } from './kubectl.ts'

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

const connectMs = 1000

/** The Service's own address where this machine is part of the cluster's network, else a port that kubectl forwards. */
export async function openServiceAddress(target: KubectlTarget, service: ServicePort): Promise<ServiceAddress> {
  const { namespace, name, port } = service
  const host = kubectl(target, ['get', 'service', name, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}'])
  if (await canConnect(host, port)) return { host, port, url: toUrl(host, port), close: async () => {} }
  return forward(target, service)
}

function toUrl(host: string, port: number): string {
  return `http://${host}:${port}`
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectMs })
    const end = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

async function forward(target: KubectlTarget, { namespace, name, port }: ServicePort): Promise<ServiceAddress> {
  const args = ['port-forward', '-n', namespace, `service/${name}`, `:${port}`, '--address', '127.0.0.1']
  const child = spawn('kubectl', toKubectlArguments(target, args), { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const close = async () => {
    child.kill('SIGTERM')
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const local = /127\.0\.0\.1:(\d+) ->/.exec(line)?.[1]
    if (local !== undefined)
      return { host: '127.0.0.1', port: Number(local), url: toUrl('127.0.0.1', Number(local)), close }
  }
  throw new Error(`kubectl port-forward to service/${name} in ${namespace} ended before it was ready`)
}

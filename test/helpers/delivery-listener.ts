import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { toKubectlArguments } from '../../deploy/install/kubectl.ts'
import type { Manifest, TestCluster } from './cluster.ts'

/** A request that came to the listener. */
export interface ReceivedDelivery {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** The exact bytes of the body. */
  readonly body: Buffer
}

/** A pod that takes deliveries, answers them with 204, and says what came. */
export interface DeliveryListener {
  /** Base URL as pods reach it. Below /fails-once each path answers 503 the first time. */
  readonly url: string
  /** The next one that has not been asked for yet, in the order in which they came. */
  next(): Promise<ReceivedDelivery>
  stop(): void
}

/** Its sender has a queue of its own. */
const waitLimitMs = 60_000

const script = `
const seen = new Set()
require('node:http').createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const { url: path, headers } = request
    const fails = path.startsWith('/fails-once') && !seen.has(path)
    seen.add(path)
    response.writeHead(fails ? 503 : 204).end()
    console.log(JSON.stringify({ path, headers, body: Buffer.concat(chunks).toString('base64') }))
  })
}).listen(8080)
`

/** Starts the listener in the namespace of the cluster, in the image, which needs Node. */
export function startDeliveryListener(cluster: TestCluster, image: string): DeliveryListener {
  cluster.apply(...renderListener(image))
  cluster.run('wait', '--for=condition=Ready', 'pod/listener', '--timeout=60s')
  const args = ['logs', 'pod/listener', '--follow', '-n', cluster.namespace]
  const child = spawn('kubectl', toKubectlArguments(cluster.target, args), { stdio: ['ignore', 'pipe', 'inherit'] })
  const queue = readDeliveries(child)
  return {
    url: `http://listener.${cluster.namespace}.svc`,
    next: () => withDeadline(queue),
    stop: () => child.kill('SIGTERM'),
  }
}

async function* readDeliveries({ stdout }: ChildProcess): AsyncGenerator<ReceivedDelivery, undefined> {
  if (stdout === null) return undefined
  for await (const line of createInterface({ input: stdout })) {
    const { path, headers, body } = JSON.parse(line) as ReceivedDelivery & { body: string }
    yield { path, headers, body: Buffer.from(body, 'base64') }
  }
  return undefined
}

async function withDeadline(queue: AsyncGenerator<ReceivedDelivery, undefined>): Promise<ReceivedDelivery> {
  const { promise: limit, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no delivery came within ${waitLimitMs / 1000} s`)), waitLimitMs)
  try {
    const { value } = await Promise.race([queue.next(), limit])
    if (value === undefined) throw new Error('the log of the listener ended')
    return value
  } finally {
    clearTimeout(timer)
  }
}

function renderListener(image: string): readonly Manifest[] {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  }
  const container = {
    name: 'listener',
    image,
    command: ['node', '-e', script],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    securityContext,
  }
  const labels = { app: 'listener' }
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'listener', labels },
      spec: { terminationGracePeriodSeconds: 0, containers: [container] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'listener' },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ]
}

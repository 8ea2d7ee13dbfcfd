import type { ClusterChoice, DoctorCluster } from '../cli/doctor/cluster.ts'
import type { ServerFacts } from '../cli/doctor/facts.ts'
import { createKubeClient } from '../kube/adapter.ts'
import { type KubeConnection, openConnection } from '../kube/connection.ts'
import { describeInstallation } from './expected-installation.ts'

/** For each call. */
const timeoutMs = 15_000

/** The cluster that the caller's kubeconfig names. */
export async function openDoctorCluster(env: NodeJS.ProcessEnv, choice: ClusterChoice): Promise<DoctorCluster> {
  const connection = await openConnection({
    ...env,
    ...(choice.kubeconfig === undefined ? {} : { KUBECONFIG: choice.kubeconfig }),
    ...(choice.context === undefined ? {} : { C8S_CONTEXT: choice.context }),
  })
  const client = createKubeClient(connection, { timeoutMs, fieldManager: 'c8s-doctor' })
  return {
    expected: describeInstallation(),
    readServer: () => readServer(connection),
    get: (type, key) => client.get(type, key),
    list: (type, selection) => client.list(type, selection),
    tryCreate: (type, object) => client.create(type, object, { dryRun: true }),
    close: () => connection.close(),
  }
}

async function readServer(connection: KubeConnection): Promise<ServerFacts> {
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await connection
    .send({ method: 'GET', path: '/version', headers: { accept: 'application/json' }, signal, isRepeatable: true })
    .catch((error: unknown) => {
      throw new Error(`the cluster at ${connection.server.host} does not answer: ${describe(error)}`)
    })
  const askedAt = Date.now()
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  if (response.statusCode !== 200)
    throw new Error(`the cluster at ${connection.server.host} answers ${response.statusCode}`)
  const { gitVersion = '' } = JSON.parse(Buffer.concat(chunks).toString()) as { gitVersion?: string }
  const date = Date.parse(response.headers.date ?? '')
  return { gitVersion, askedAt, ...(Number.isNaN(date) ? {} : { date }) }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'TimeoutError' ? `nothing came in ${timeoutMs / 1000} s` : error.message
}

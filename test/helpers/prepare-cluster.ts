import { deployC8s } from '../../deploy/install/deploy.ts'
import { chooseCluster } from '../../deploy/local/choose.ts'
import { createStderrProgress } from '../../deploy/local/progress.ts'
import { deploySample } from '../../deploy/sample/deploy.ts'
import { deployForge } from '../../deploy/sample/forge/deploy.ts'
import { demoNamespace } from '../../deploy/sample/render.ts'
import { startTestApiServer } from './api-server.ts'
import { serveDefinitions } from './run-policy.ts'

export interface PreparedCluster {
  /** Environment of the tests: KUBECONFIG, and C8S_CONTEXT where the kubeconfig has several. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Integration: an API server of its own with our CRDs, and neither webhooks nor controllers, so that a test plays those. */
async function prepareApiServer(): Promise<PreparedCluster> {
  console.error('starting a throw-away etcd and kube-apiserver for the integration tests')
  const server = await startTestApiServer()
  await serveDefinitions(server)
  return { env: { KUBECONFIG: server.kubeconfig }, stop: () => server.stop() }
}

/** e2e and gitops: the chosen cluster, with this checkout's c8s, the sample's git server and a forge in it. It is left running. */
async function prepareInstallation(): Promise<PreparedCluster> {
  const cluster = await chooseCluster()
  await deployC8s(cluster)
  const sample = await deploySample(cluster)
  const forge = await deployForge(cluster, createStderrProgress(), { namespace: demoNamespace })
  const env = {
    KUBECONFIG: cluster.kubeconfig,
    C8S_CONTEXT: cluster.context,
    C8S_TEST_CLUSTER: JSON.stringify(cluster),
    C8S_TEST_SAMPLE: JSON.stringify(sample),
    C8S_TEST_FORGE: JSON.stringify(forge),
  }
  return { env, stop: async () => {} }
}

export function prepareCluster(part: 'integration' | 'e2e' | 'gitops'): Promise<PreparedCluster> {
  return part === 'integration' ? prepareApiServer() : prepareInstallation()
}

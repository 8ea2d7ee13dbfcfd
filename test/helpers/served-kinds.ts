import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { type ApiServerOptions, startTestApiServer, type TestApiServer } from './api-server.ts'
import { serveDefinitions } from './run-policy.ts'

export interface ServedKinds {
  readonly server: TestApiServer
  readonly connection: KubeConnection
  readonly api: KubeApi
  stop(): Promise<void>
}

export interface ServeOptions {
  readonly fieldManager?: string
  readonly server?: ApiServerOptions
}

/** A real API server of the test's own that serves our kinds, with the policy of runs, and asks no webhook. */
export async function serveKinds({ fieldManager, server: flags }: ServeOptions = {}): Promise<ServedKinds> {
  const server = await startTestApiServer(flags)
  const connection = await openConnection({ KUBECONFIG: server.kubeconfig })
  const api = createKubeClient(connection, fieldManager === undefined ? {} : { fieldManager })
  await serveDefinitions(server)
  return {
    server,
    connection,
    api,
    stop: async () => {
      connection.close()
      await server.stop()
    },
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type ApiServerOptions, startTestApiServer, type TestApiServer } from './api-server.ts'
import { waitFor } from './controller-playground.ts'

const definitionType: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}
const kinds = [resourceTypes.pipelineConfig, resourceTypes.pipelineRun, resourceTypes.repositoryConnection]
const definitions = join(import.meta.dirname, '../../crds/yaml')

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

/** A real API server of the test's own that serves our kinds, and asks no webhook. */
export async function serveKinds({ fieldManager, server: flags }: ServeOptions = {}): Promise<ServedKinds> {
  const server = await startTestApiServer(flags)
  const connection = await openConnection({ KUBECONFIG: server.kubeconfig })
  const api = createKubeClient(connection, fieldManager === undefined ? {} : { fieldManager })
  for (const { plural } of kinds) {
    await api.create(definitionType, parse(readFileSync(join(definitions, `${plural}.yaml`), 'utf8')) as KubeObject)
  }
  const list = () => Promise.all(kinds.map((type) => api.list(type)))
  await waitFor(() => list().catch(() => undefined), 10_000)
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

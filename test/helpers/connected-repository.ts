import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { type EventRunIdentity, nameEventRun } from '../../crds/names.ts'
import type { RepositoryConnectionSpec } from '../../crds/repository-connection.ts'
import type { RepositoryFile } from '../../crds/repository-file.ts'
import type { ServiceAddress } from '../../deploy/install/service-address.ts'
import { openForgeAddress } from '../../deploy/sample/forge/address.ts'
import type { Checkout } from '../../deploy/sample/forge/checkout.ts'
import type { ForgeAccount } from '../../deploy/sample/forge/credentials.ts'
import type { DeployedForge } from '../../deploy/sample/forge/deploy.ts'
import { aSecret, aStep, type Manifest, readChosenCluster, type TestCluster } from './cluster.ts'
import { eventually } from './eventually.ts'
import { type Gitea, type GiteaStatus, openGitea } from './gitea.ts'

/** The real forge of the cluster under test. */
export interface TestForge {
  readonly deployed: DeployedForge
  readonly admin: Gitea
  readonly address: ServiceAddress
}

export async function openTestForge(): Promise<TestForge> {
  const deployed = JSON.parse(process.env['C8S_TEST_FORGE'] ?? '') as DeployedForge
  const address = await openForgeAddress(readChosenCluster(), deployed.namespace)
  return { deployed, address, admin: openGitea(address.url, deployed.admin) }
}

/** A repository of the forge, with an owner of its own, connected to the cluster's namespace. */
export interface ConnectedRepository {
  readonly owner: ForgeAccount
  /** As the owner sees it. */
  readonly gitea: Gitea
  /** owner/name */
  readonly name: string
  /** As pods use it. */
  readonly url: string
  readonly connection: string
  readonly checkout: Checkout
  readonly hook: number
  /** Name of the run that an event of this connection starts. */
  nameRun(identity: Partial<EventRunIdentity> & { readonly commit: string }): string
  /** Commits the files on the branch that is checked out and pushes it; answers the commit. */
  push(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>
  /** The newest status of c8s on the commit once it is no longer pending. */
  waitForStatus(commit: string, context?: string): Promise<GiteaStatus>
  remove(): void
}

export interface ConnectOptions {
  readonly cluster: TestCluster
  readonly forge: TestForge
  /** Name of the connection, and of the repository. */
  readonly name: string
  readonly isPrivate?: boolean
  readonly spec?: Partial<RepositoryConnectionSpec>
  /** Instead of a token for API and Git. */
  readonly credential?: Readonly<Record<string, string>>
}

const scopes = ['write:repository', 'read:user', 'write:issue']

async function createOwned(forge: TestForge, name: string, isPrivate: boolean) {
  const owner = await forge.admin.createUser(`owner-${randomBytes(5).toString('hex')}`)
  const gitea = forge.admin.as(owner)
  const repository = await gitea.createRepository(name, { private: isPrivate })
  return { owner, gitea, repository, token: await gitea.createToken('c8s', scopes) }
}

/** Waits for the webhook: c8s makes it at the forge by itself. */
export async function connectRepository(options: ConnectOptions): Promise<ConnectedRepository> {
  const { cluster, forge, name, isPrivate = false, spec = {}, credential } = options
  const { owner, gitea, repository, token } = await createOwned(forge, name, isPrivate)
  cluster.apply(
    aSecret(`${name}-webhook`, { 'webhook-secret': randomBytes(24).toString('base64url') }),
    aSecret(`${name}-auth`, { username: owner.username, password: token, token, ...credential }),
    aConnection(name, {
      repository: repository.clone_url,
      provider: 'gitea',
      webhookSecretRef: `${name}-webhook`,
      authSecretRef: `${name}-auth`,
      pollInterval: '0s',
      ...spec,
    }),
  )
  cluster.run(
    'wait',
    '--for=jsonpath={.status.webhookRegistered}=true',
    `repositoryconnections.c8s.dev/${name}`,
    '--timeout=60s',
  )
  const checkout = await gitea.checkout(repository.full_name)
  const [hook] = await gitea.listHooks(repository.full_name)
  return {
    owner,
    gitea,
    name: repository.full_name,
    url: repository.clone_url,
    connection: name,
    checkout,
    hook: hook?.id ?? 0,
    nameRun: (identity) => nameEventRun({ connection: name, pipeline: 'app', type: 'push', ref: 'main', ...identity }),
    push: async (files, message) => {
      const commit = await checkout.commit(files, message)
      await checkout.git('push', '--quiet', 'origin', 'HEAD')
      return commit
    },
    waitForStatus: (commit, context = 'c8s/app') =>
      waitForStatus({ gitea, repository: repository.full_name }, commit, context),
    remove: () => checkout.remove(),
  }
}

export function aConnection(name: string, spec: RepositoryConnectionSpec): Manifest {
  return { apiVersion: 'c8s.dev/v1alpha1', kind: 'RepositoryConnection', metadata: { name }, spec }
}

async function waitForStatus(
  { gitea, repository }: { gitea: Gitea; repository: string },
  commit: string,
  context: string,
): Promise<GiteaStatus> {
  const find = async () => {
    const { statuses } = await gitea.getCombinedStatus(repository, commit)
    return (statuses ?? []).find((status) => status.context === context && status.status !== 'pending')
  }
  return eventually(`status ${context} of ${commit}`, find)
}

/** A `.c8s.yaml`; JSON is YAML. Without a step of its own it has one that succeeds. */
export function aPipelineFile(image: string, file: Partial<RepositoryFile> = {}): string {
  const steps = [aStep('test', image, 'test -f README.md')]
  return JSON.stringify({ version: 'v1alpha1', name: 'app', steps, ...file }, undefined, 2)
}

export function getConnection(cluster: TestCluster, name: string): RepositoryConnection {
  return JSON.parse(cluster.run('get', 'repositoryconnections.c8s.dev', name, '-o', 'json')) as RepositoryConnection
}

export function listRuns(cluster: TestCluster, selector: string): readonly PipelineRun[] {
  const { items } = JSON.parse(cluster.run('get', 'pipelineruns.c8s.dev', '-l', selector, '-o', 'json')) as {
    items: PipelineRun[]
  }
  return items
}

/** Waits until the run exists and has ended. */
export function waitForEventRun(cluster: TestCluster, name: string): PipelineRun {
  cluster.run('wait', '--for=create', `pipelineruns.c8s.dev/${name}`, '--timeout=60s')
  return cluster.waitForRun(name)
}

/** Waits until status.deliveries tells what came of the commit. */
export async function waitForDelivery(cluster: TestCluster, connection: string, commit: string) {
  const find = async () => getConnection(cluster, connection).status?.deliveries?.find((row) => row.commit === commit)
  const row = await eventually(`a delivery row of ${commit}`, find)
  expect(row.time).toMatch(/^\d{4}-/)
  return row
}

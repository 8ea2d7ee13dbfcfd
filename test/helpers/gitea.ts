import type { ForgeLogin } from '../../deploy/sample/forge/api.ts'
import { openForgeApi } from '../../deploy/sample/forge/api.ts'
import { type Checkout, openCheckout } from '../../deploy/sample/forge/checkout.ts'
import { createPassword, type ForgeAccount } from '../../deploy/sample/forge/credentials.ts'
import { type GiteaDelivery, openDeliveries } from './gitea-deliveries.ts'

/** A repository as `owner/name`. */
export type RepositoryName = string

export interface GiteaRepository {
  readonly full_name: RepositoryName
  /** With the name that pods use. */
  readonly clone_url: string
  readonly ssh_url: string
  readonly default_branch: string
  readonly private: boolean
}

export interface GiteaPullRequest {
  readonly number: number
  readonly head: { readonly sha: string; readonly ref: string }
  readonly base: { readonly sha: string; readonly ref: string }
}

export interface GiteaComment {
  readonly id: number
  readonly body: string
  readonly user: { readonly login: string }
}

export interface GiteaStatus {
  readonly context: string
  readonly status: 'pending' | 'success' | 'error' | 'failure' | 'warning' | 'skipped'
  readonly description: string
  readonly target_url: string
}

export interface GiteaCombinedStatus {
  /** `pending` too where there is none. */
  readonly state: string
  readonly statuses: readonly GiteaStatus[]
}

export interface GiteaHook {
  readonly id: number
  readonly active: boolean
  readonly events: readonly string[]
  readonly config: Readonly<Record<string, string>>
}

export interface HookOptions {
  readonly url: string
  readonly secret: string
  readonly events?: readonly string[]
}

export type Permission = 'read' | 'write' | 'admin'

/** The forge as one account sees it. A client for tests alone: it shares nothing with the one that c8s uses. */
export interface Gitea {
  /** The same forge, by another account or a token. */
  as(login: ForgeLogin): Gitea
  /** An account with a password of its own. Administrators only. */
  createUser(username: string): Promise<ForgeAccount>
  /** A token for oneself; needs a login by password. Scopes are Gitea's: `write:repository`, `read:user`, … */
  createToken(name: string, scopes: readonly string[]): Promise<string>
  /** A public ssh key of oneself. */
  addKey(title: string, key: string): Promise<void>
  createRepository(name: string, options?: { private?: boolean }): Promise<GiteaRepository>
  deleteRepository(repository: RepositoryName): Promise<void>
  /** A fork of one's own, under the same name unless another is given. */
  fork(repository: RepositoryName, name?: string): Promise<GiteaRepository>
  addCollaborator(repository: RepositoryName, username: string, permission: Permission): Promise<void>
  /** `head` is a branch, or `owner:branch` of a fork. */
  createPullRequest(repository: RepositoryName, pull: { head: string; base: string }): Promise<GiteaPullRequest>
  editPullRequest(repository: RepositoryName, number: number, change: { state?: 'open' | 'closed' }): Promise<void>
  mergePullRequest(repository: RepositoryName, number: number): Promise<void>
  comment(repository: RepositoryName, number: number, body: string): Promise<GiteaComment>
  editComment(repository: RepositoryName, id: number, body: string): Promise<void>
  listComments(repository: RepositoryName, number: number): Promise<readonly GiteaComment[]>
  createStatus(repository: RepositoryName, commit: string, status: { context: string; state: string }): Promise<void>
  /** Every status that was ever set, the newest first. */
  listStatuses(repository: RepositoryName, commit: string): Promise<readonly GiteaStatus[]>
  /** The newest of each context, and what they come to. */
  getCombinedStatus(repository: RepositoryName, commit: string): Promise<GiteaCombinedStatus>
  createHook(repository: RepositoryName, hook: HookOptions): Promise<GiteaHook>
  listHooks(repository: RepositoryName): Promise<readonly GiteaHook[]>
  deleteHook(repository: RepositoryName, id: number): Promise<void>
  /** The last 100, the newest first. Needs a login by password, as `redeliver` does. */
  listDeliveries(repository: RepositoryName, hook: number): Promise<readonly GiteaDelivery[]>
  listFailedDeliveries(repository: RepositoryName, hook: number): Promise<readonly GiteaDelivery[]>
  /** Sends the same payload once more; Gitea gives it an id of its own, which is answered. */
  redeliver(repository: RepositoryName, hook: number, delivery: string): Promise<string>
  editRepository(repository: RepositoryName, change: object): Promise<GiteaRepository>
  renameBranch(repository: RepositoryName, branch: string, name: string): Promise<void>
  deleteBranch(repository: RepositoryName, branch: string): Promise<void>
  /** Merges into the branch need these contexts to be green. */
  protectBranch(repository: RepositoryName, branch: string, contexts: readonly string[]): Promise<void>
  /** A clone that real Git made; push with `checkout.git('push', …)`. */
  checkout(repository: RepositoryName): Promise<Checkout>
}

/** `url` is the base URL as this machine reaches the forge. */
export function openGitea(url: string, login: ForgeLogin): Gitea {
  const { call } = openForgeApi(url, login)
  const deliveries = openDeliveries(url, login)
  return {
    as: (other) => openGitea(url, other),
    createUser: async (username) => {
      const password = createPassword()
      const email = `${username}@example.com`
      await call('POST', '/admin/users', { username, email, password, must_change_password: false })
      return { username, password }
    },
    createToken: async (name, scopes) => {
      const { login: username } = await call<{ login: string }>('GET', '/user')
      const { sha1 } = await call<{ sha1: string }>('POST', `/users/${username}/tokens`, { name, scopes })
      return sha1
    },
    addKey: (title, key) => call('POST', '/user/keys', { title, key }),
    createRepository: (name, options = {}) => call('POST', '/user/repos', { name, ...options }),
    deleteRepository: (repository) => call('DELETE', `/repos/${repository}`),
    fork: (repository, name) => call('POST', `/repos/${repository}/forks`, name === undefined ? {} : { name }),
    addCollaborator: (repository, username, permission) =>
      call('PUT', `/repos/${repository}/collaborators/${username}`, { permission }),
    createPullRequest: (repository, pull) =>
      call('POST', `/repos/${repository}/pulls`, { title: `Merge ${pull.head}`, ...pull }),
    editPullRequest: (repository, number, change) => call('PATCH', `/repos/${repository}/pulls/${number}`, change),
    mergePullRequest: (repository, number) =>
      call('POST', `/repos/${repository}/pulls/${number}/merge`, { Do: 'merge' }),
    comment: (repository, number, body) => call('POST', `/repos/${repository}/issues/${number}/comments`, { body }),
    editComment: (repository, id, body) => call('PATCH', `/repos/${repository}/issues/comments/${id}`, { body }),
    listComments: (repository, number) => call('GET', `/repos/${repository}/issues/${number}/comments`),
    createStatus: (repository, commit, status) => call('POST', `/repos/${repository}/statuses/${commit}`, status),
    // What Gitea calls leastindex is the newest first; its default knows seconds only.
    listStatuses: (repository, commit) =>
      call('GET', `/repos/${repository}/commits/${commit}/statuses?sort=leastindex&limit=50`),
    getCombinedStatus: async (repository, commit) => {
      const path = `/repos/${repository}/commits/${commit}/status?limit=50`
      const { state, statuses } = await call<{ state: string; statuses: GiteaStatus[] | null }>('GET', path)
      return { state, statuses: statuses ?? [] }
    },
    createHook: (repository, { url: target, secret, events = ['push'] }) =>
      call('POST', `/repos/${repository}/hooks`, {
        type: 'gitea',
        active: true,
        events,
        config: { url: target, secret, content_type: 'json' },
      }),
    listHooks: (repository) => call('GET', `/repos/${repository}/hooks?limit=50`),
    deleteHook: (repository, id) => call('DELETE', `/repos/${repository}/hooks/${id}`),
    listDeliveries: (repository, hook) => deliveries.list(repository, hook),
    listFailedDeliveries: async (repository, hook) =>
      (await deliveries.list(repository, hook)).filter(({ state }) => state === 'Failed'),
    redeliver: (repository, hook, delivery) => deliveries.redeliver(repository, hook, delivery),
    editRepository: (repository, change) => call('PATCH', `/repos/${repository}`, change),
    renameBranch: (repository, branch, name) =>
      call('PATCH', `/repos/${repository}/branches/${encodeURIComponent(branch)}`, { name }),
    deleteBranch: (repository, branch) => call('DELETE', `/repos/${repository}/branches/${encodeURIComponent(branch)}`),
    protectBranch: (repository, branch, contexts) =>
      call('POST', `/repos/${repository}/branch_protections`, {
        rule_name: branch,
        enable_status_check: true,
        status_check_contexts: contexts,
      }),
    checkout: (repository) => openCheckout({ url: `${url}/${repository}.git`, login }),
  }
}

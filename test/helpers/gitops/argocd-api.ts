import type { ObjectMeta } from '../../../src/lib/kubernetes.ts'

/** An object as Argo CD's API names it. */
export interface ArgoResource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface ArgoTreeNode extends Omit<ArgoResource, 'group'> {
  /** Left out for the core group. */
  readonly group?: string
  readonly uid: string
  /** Left out for what the application itself manages. */
  readonly parentRefs?: readonly (Omit<ArgoResource, 'version'> & { readonly uid: string })[]
  readonly health?: { readonly status: string; readonly message?: string }
}

/** What an application wants, and what it finds; each is JSON. */
export interface ArgoManagedResource extends ArgoResource {
  readonly targetState?: string
  readonly normalizedLiveState?: string
  readonly predictedLiveState?: string
}

export interface ArgoApplication {
  readonly metadata: ObjectMeta
  readonly status?: {
    readonly sync?: { readonly status: string; readonly revision?: string }
    readonly health?: { readonly status: string }
    /** One entry for each sync that ended well. */
    readonly history?: readonly { readonly revision?: string }[]
    readonly conditions?: readonly { readonly type: string; readonly message: string }[]
    readonly operationState?: {
      readonly phase: string
      readonly message?: string
      readonly retryCount?: number
      readonly syncResult?: { readonly revision?: string; readonly resources?: readonly ArgoSyncedResource[] }
    }
    readonly resources?: readonly (ArgoResource & {
      readonly status?: string
      readonly health?: { readonly status: string; readonly message?: string }
    })[]
  }
}

/** What a sync did to an object. */
export interface ArgoSyncedResource extends ArgoResource {
  readonly status?: string
  readonly message?: string
  readonly hookType?: string
  readonly hookPhase?: string
}

export interface ArgoCdApi {
  getApp(app: string): Promise<ArgoApplication>
  resourceTree(app: string): Promise<readonly ArgoTreeNode[]>
  managedResources(app: string): Promise<readonly ArgoManagedResource[]>
  /** Names of the actions that Argo CD offers for an object, and whether it offers them now. */
  listActions(app: string, resource: ArgoResource): Promise<readonly { name: string; disabled?: boolean }[]>
  runAction(app: string, resource: ArgoResource, action: string): Promise<void>
}

/** Client of Argo CD's server, as its own page uses it. */
export function openArgoCdApi(url: string): ArgoCdApi {
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/api/v1/applications/${path}`, { ...init, headers })
    const text = await response.text()
    if (!response.ok) throw new Error(`Argo CD answered ${response.status} to ${path}: ${text}`)
    return JSON.parse(text) as T
  }
  return {
    getApp: (app) => ask(app),
    resourceTree: async (app) => (await ask<{ nodes?: ArgoTreeNode[] }>(`${app}/resource-tree`)).nodes ?? [],
    managedResources: async (app) =>
      (await ask<{ items?: ArgoManagedResource[] }>(`${app}/managed-resources`)).items ?? [],
    listActions: async (app, resource) => {
      const path = `${app}/resource/actions?${renderQuery(resource)}`
      return (await ask<{ actions?: { name: string; disabled?: boolean }[] }>(path)).actions ?? []
    },
    runAction: async (app, resource, action) => {
      await ask(`${app}/resource/actions?${renderQuery(resource)}`, action)
    },
  }
}

function renderQuery({ group, version, kind, namespace, name }: ArgoResource): string {
  return new URLSearchParams({ group, version, kind, namespace, resourceName: name }).toString()
}

/** The tree as text, children under their parents. */
export function drawTree(nodes: readonly ArgoTreeNode[], isShown: (node: ArgoTreeNode) => boolean): string {
  const draw = (parent: ArgoTreeNode | undefined, indent: string): string[] => {
    const children = nodes.filter(({ parentRefs = [] }) =>
      parent === undefined ? parentRefs.length === 0 : parentRefs.some(({ uid }) => uid === parent.uid),
    )
    const shown = children
      .filter(isShown)
      .toSorted((a, b) => `${a.kind}/${a.name}`.localeCompare(`${b.kind}/${b.name}`))
    return shown.flatMap((node, index) => {
      const isLast = index === shown.length - 1
      const branch = parent === undefined ? '' : isLast ? '└─ ' : '├─ '
      const health = node.health === undefined ? '' : `  ${node.health.status}`
      const below = parent === undefined ? '' : isLast ? '   ' : '│  '
      return [`${indent}${branch}${node.kind} ${node.name}${health}`, ...draw(node, `${indent}${below}`)]
    })
  }
  return draw(undefined, '').join('\n')
}

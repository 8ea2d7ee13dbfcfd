import type { Volume } from '../../src/lib/kubernetes.ts'

/** One key of a Secret as one file of a volume. */
export interface ProjectedKey {
  readonly secret: string
  readonly key: string
  readonly path: string
  /** Whether the pod may start without it. */
  readonly optional?: boolean
}

/** Read by all: only the containers that mount the volume see it, and their user ids are not known here. */
const readableMode = 0o444

/** A volume of keys of several Secrets; the same key asked for twice is projected once. */
export function renderProjection(name: string, keys: readonly ProjectedKey[]): Volume {
  const bySecret = new Map<string, ProjectedKey[]>()
  for (const item of keys) {
    const items = bySecret.get(item.secret) ?? []
    if (!items.some(({ path }) => path === item.path)) bySecret.set(item.secret, [...items, item])
  }
  const sources = [...bySecret].map(([secret, items]) => ({
    secret: {
      name: secret,
      items: items.map(({ key, path }) => ({ key, path })),
      ...(items.every(({ optional }) => optional === true) ? { optional: true } : {}),
    },
  }))
  return { name, projected: { sources, defaultMode: readableMode } }
}

import { join } from 'node:path'

/** Where the local cluster keeps its files; none of them lies in the checkout. */
export interface Folders {
  /** One running cluster: keys, configuration, data, logs. `down` removes it. */
  state: string
  /** What is worth keeping between clusters: the built binaries. */
  cache: string
  /** Held (by flock) by whoever changes the cluster. */
  lock: string
}

/**
 * The folders follow XDG when it is set, else the system's own places: the cluster belongs to
 * the machine, whichever checkout or user shell started it.
 */
export function planFolders(env: Readonly<Record<string, string | undefined>>): Folders {
  const state = join(env['XDG_STATE_HOME'] || '/var/lib', 'c8s-local')
  const cache = join(env['XDG_CACHE_HOME'] || '/var/cache', 'c8s-local')
  return { state, cache, lock: `${state}.lock` }
}

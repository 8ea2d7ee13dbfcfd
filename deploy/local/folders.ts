import { join } from 'node:path'
import process from 'node:process'

/** Where the local cluster keeps its files; none of them lies in the checkout. */
export interface Folders {
  /** One running cluster: keys, configuration, data, logs. `down` removes it. */
  state: string
  /** What is worth keeping between clusters: the built binaries. */
  cache: string
  /** Held (by flock) by whoever changes the cluster. */
  lock: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The folders follow XDG when it is set, else root uses the system's own places: the cluster
 * belongs to the machine, whichever checkout or shell started it. Others, who can use kind or a
 * cluster of their own, keep theirs in their home.
 */
export function planFolders(env: Environment, isRoot: boolean = process.getuid?.() === 0): Folders {
  const home = env['HOME'] || '/tmp'
  const stateBase = env['XDG_STATE_HOME'] || (isRoot ? '/var/lib' : join(home, '.local', 'state'))
  const cacheBase = env['XDG_CACHE_HOME'] || (isRoot ? '/var/cache' : join(home, '.cache'))
  const state = join(stateBase, 'c8s-local')
  return { state, cache: join(cacheBase, 'c8s-local'), lock: `${state}.lock` }
}

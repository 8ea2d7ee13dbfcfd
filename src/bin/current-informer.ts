import type { Informer } from '../kube/informer.ts'
import type { KubeObject } from '../lib/kubernetes.ts'

/** A watch tells at least a bookmark each minute; one that is silent for longer is not asked. */
const longestSilenceMs = 90_000

export function isCurrent<T extends KubeObject>(informer: Informer<T>): boolean {
  return informer.hasSynced() && informer.silentForMs() < longestSilenceMs
}

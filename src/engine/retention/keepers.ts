import { labels } from '../../../crds/labels.ts'
import type { KubeObject, ObjectMeta } from '../../lib/kubernetes.ts'

/** Annotations and labels by which tools mark what they own; the value says nothing here, only that it is there. */
const marks = {
  annotations: [
    'argocd.argoproj.io/tracking-id',
    'argocd.argoproj.io/hook',
    'meta.helm.sh/release-name',
    'config.k8s.io/owning-inventory',
  ],
  labels: [
    // Argo CD's tracking label, unless it was told another.
    'app.kubernetes.io/instance',
    'argocd.argoproj.io/instance',
    'kustomize.toolkit.fluxcd.io/name',
    'helm.toolkit.fluxcd.io/name',
    // kubectl apply --prune with an ApplySet.
    'applyset.kubernetes.io/part-of',
  ],
} as const

/** As much of an object's metadata as tells whether somebody else owns it; small, since ten thousand runs are kept in memory. */
export function pickMarks({ labels: found = {}, annotations = {}, ownerReferences }: ObjectMeta): {
  -readonly [K in 'labels' | 'annotations' | 'ownerReferences']?: ObjectMeta[K]
} {
  const keptLabels = pick(found, [...marks.labels, labels.managedBy])
  const keptAnnotations = pick(annotations, marks.annotations)
  return {
    ...(keptLabels === undefined ? {} : { labels: keptLabels }),
    ...(keptAnnotations === undefined ? {} : { annotations: keptAnnotations }),
    ...(ownerReferences === undefined || ownerReferences.length === 0 ? {} : { ownerReferences }),
  }
}

function pick(map: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> | undefined {
  const entries = keys.flatMap((key) => (map[key] === undefined ? [] : [[key, map[key].slice(0, 32)] as const]))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** Whether it is somebody else's to delete. A run that another called has that as its owner, and goes with it. */
export function isKeptByOthers({ metadata }: KubeObject): boolean {
  const { labels: found = {}, annotations = {}, ownerReferences = [] } = metadata
  return (
    ownerReferences.length > 0 ||
    marks.annotations.some((key) => annotations[key] !== undefined) ||
    marks.labels.some((key) => found[key] !== undefined) ||
    found[labels.managedBy] === 'Helm'
  )
}

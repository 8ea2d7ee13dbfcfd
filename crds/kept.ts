/**
 * Annotations of the kinds, and of the policy beside them, for tools that prune: a change of what is in Git, or of values, and even the end
 * of an application must not delete all configs and runs. Argo CD, Helm, Flux; who wants them gone deletes them.
 */
export const keptAnnotations = Object.freeze({
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
})

/** One RBAC rule that a role of c8s needs, kept beside the code that needs it; the manifests are generated from these. */
export interface Permission {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
  /** Only in this namespace; in all of them when left out. */
  readonly namespace?: string
  /** Why, in a few words; shown in docs. */
  readonly why: string
}

/** Time as an argument: milliseconds since the epoch. */
export type Instant = number

export interface Clock {
  now(): Instant
}

/** RFC 3339 with whole seconds, as Kubernetes' metav1.Time writes it. */
export function toTimestamp(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

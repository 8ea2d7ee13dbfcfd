/** Longest message of a step; a thousand of them must fit into one object of etcd. */
const longest = 500

/**
 * Text that came from outside, made fit for a status line: one line, without control characters, cut. Kubernetes and the
 * agent's tools write several lines where a person wants a sentence.
 */
export function toSentence(text: string, most = longest): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}

/**
 * The text of iptables-save without what the local cluster put there: the chains of kube-proxy and
 * of the network plug-ins, the rules that use them, and our own marked rules. The rest is untouched.
 */
export function withoutClusterRules(saved: string): string {
  return saved
    .split('\n')
    .filter((line) => !isClusterRule(line))
    .join('\n')
}

function isClusterRule(line: string): boolean {
  if (line.startsWith(':')) return /^:(KUBE-|CNI-)/.test(line)
  return line.startsWith('-A') && /( |^)(KUBE-|CNI-)|--comment "?c8s-local"?/.test(line)
}

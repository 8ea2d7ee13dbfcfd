import type { AgentReport } from '../../lib/agent-options.ts'
import { toSentence } from './sentence.ts'

type ReportReason = AgentReport['reason']

const reasons: ReadonlySet<string> = new Set<ReportReason>([
  'Cloned',
  'RepositoryNotFound',
  'CommitNotFound',
  'CommitNotOnBranch',
  'AuthenticationFailed',
  'CloneFailed',
  'Shipped',
  'MaskListUnreadable',
  'ShipFailed',
])

const fullCommit = /^([a-f0-9]{40}|[a-f0-9]{64})$/

/** Reads the termination message of one of c8s's own containers; undefined where it is none of ours (killed early, cut). */
export function parseReport(text: string | undefined): AgentReport | undefined {
  const value = parseObject(text ?? '')
  if (value === undefined || typeof value['reason'] !== 'string' || !reasons.has(value['reason'])) return undefined
  const { message, commit } = value
  return {
    reason: value['reason'] as ReportReason,
    message: typeof message === 'string' ? toSentence(message) : '',
    ...(typeof commit === 'string' && fullCommit.test(commit) ? { commit } : {}),
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

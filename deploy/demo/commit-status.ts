import { setTimeout as pause } from 'node:timers/promises'
import type { ForgeApi } from '../sample/forge/api.ts'

/** A commit status as Gitea's API gives it. */
export interface CommitStatus {
  readonly context: string
  readonly status: string
  readonly description: string
  readonly target_url: string
}

export interface StatusQuestion {
  /** owner/name */
  readonly repository: string
  readonly commit: string
  readonly context: string
}

const limitMs = 60_000
const pauseMs = 200

/** The forge's newest status of the commit, once it is no longer pending; undefined when that takes too long. */
export async function waitForStatus(api: ForgeApi, question: StatusQuestion): Promise<CommitStatus | undefined> {
  const path = `/repos/${question.repository}/commits/${question.commit}/status`
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    const { statuses } = await api.call<{ statuses: readonly CommitStatus[] | null }>('GET', path)
    const found = statuses?.find(({ context }) => context === question.context)
    if (found !== undefined && found.status !== 'pending') return found
    // A forge cannot be watched.
    await pause(pauseMs)
  }
  return undefined
}

export function renderStatus(status: CommitStatus | undefined): string {
  if (status === undefined) return '  no status came'
  const { context, status: state, description, target_url } = status
  return [`  ${context}  ${state}  ${description}`, ...(target_url === '' ? [] : [`  ${target_url}`])].join('\n')
}

/** Whether the status is red and says where in which file the mistake is. */
export function quotesMistake(status: CommitStatus | undefined, path: string, line: number): boolean {
  const { status: state = '', description = '' } = status ?? {}
  const place = new RegExp(`${path.replaceAll('.', '\\.')}\\D{1,10}${line}(?!\\d)`)
  return (state === 'failure' || state === 'error') && place.test(description)
}

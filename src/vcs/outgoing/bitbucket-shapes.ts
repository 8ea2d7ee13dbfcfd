import type { CommitReport } from '../calls.ts'
import { findList } from './answers.ts'
import { toKey, toLine } from './texts.ts'

/** What Bitbucket's two products have in common. */

const states = {
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
  error: 'FAILED',
} as const

const longest = { name: 255, description: 255 }

export interface BuildRule {
  readonly longestKey: number
  /** Shown where the report has no page. */
  readonly page: string
}

export function toBuild(report: CommitReport, { longestKey, page }: BuildRule): Readonly<Record<string, string>> {
  return {
    key: toKey(report.context, longestKey),
    name: toKey(report.context, longest.name),
    state: states[report.state],
    description: toLine(report.description, longest.description),
    url: report.url ?? page,
  }
}

/** Bitbucket shows a comment of HTML as text; what a link is to be called elsewhere in a text it does not show. */
export function hideMarker(marker: string): string {
  const words = marker.replace(/^<!--\s*|\s*-->$/g, '').replace(/[()\n]/g, ' ')
  return `[c8s]: # (${words})`
}

export function hasEvents(hook: unknown, wanted: readonly string[]): boolean {
  const told = findList(hook, 'events')
  return wanted.every((event) => told.includes(event))
}

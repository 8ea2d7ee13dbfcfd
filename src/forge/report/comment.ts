import type { PipelineRun } from '../../../crds/kinds.ts'
import { sortByAge } from '../../engine/concurrency/age.ts'
import { judgeReportState } from '../../engine/report-state.ts'
import { findPage } from './decide.ts'
import { findSpeaker } from './speaker.ts'

/** One comment of a pull request, which c8s keeps up to date. */
export interface PullRequestComment {
  readonly number: number
  /** Found again by it. */
  readonly marker: string
  readonly text: string
}

/** `<namespace>/<connection>#<number>`; undefined for a run of no pull request. */
export function toCommentKey({ metadata, spec: { event, parent } }: PipelineRun): string | undefined {
  const number = event?.pullRequest?.number
  if (event?.connection === undefined || number === undefined || parent !== undefined) return undefined
  return `${metadata.namespace ?? ''}/${event.connection}#${number}`
}

/** A table of the pipelines of the newest commit of a pull request; the runs are all of that pull request. */
export function renderComment(runs: readonly PipelineRun[], externalURL: string): PullRequestComment | undefined {
  const newest = sortByAge(runs).at(-1)
  const { event, commit } = newest?.spec ?? {}
  if (newest === undefined || event?.pullRequest === undefined) return undefined
  const rows = listSpeakers(runs.filter(({ spec }) => spec.commit === commit)).map((run) => renderRow(run, externalURL))
  const table = ['| pipeline | state | reason |', '| --- | --- | --- |', ...rows].join('\n')
  return {
    number: event.pullRequest.number,
    marker: `<!-- c8s:${newest.metadata.namespace ?? ''}/${event.connection ?? ''} -->`,
    text: `c8s at ${quote(commit?.slice(0, 12) ?? '')}\n\n${table}\n`,
  }
}

/** By pipeline, in the order of their names. */
function listSpeakers(runs: readonly PipelineRun[]): readonly PipelineRun[] {
  const byPipeline = Map.groupBy(runs, ({ spec }) => spec.event?.pipeline ?? '')
  return [...byPipeline].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, runsOfOne]) => findSpeaker(runsOfOne) ?? [])
}

function renderRow(run: PipelineRun, externalURL: string): string {
  const name = quote(run.spec.event?.pipeline ?? '')
  const page = findPage(run, externalURL)
  const { reason = '' } = run.status ?? {}
  return `| ${page === undefined ? name : `[${name}](${page})`} | ${judgeReportState(run)} | ${reason === '' ? '' : quote(reason)} |`
}

/** Names come from a file of the commit: in a code span, with nothing that ends it, they are text and mention nobody. */
function quote(text: string): string {
  const plain = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]|[`|\\<>[\]]/gu, ' ').trim()
  return `\`${plain === '' ? '?' : plain}\``
}

import type { CommitReport } from '../calls.ts'
import { findId, findList, findText, findValue, readId } from './answers.ts'
import { ask, type Conversation, encodePart } from './conversation.ts'
import { get, write } from './github-calls.ts'
import { toKey, toLine } from './texts.ts'

/** Check runs, which only a GitHub App may write: https://docs.github.com/en/rest/checks/runs */

const longestName = 255
/** GitHub cuts a summary at 65,535 characters; a title has no limit that is written down. */
const longestTitle = 255
const longestSummary = 60_000

/**
 * Changes the check run of the same run, or makes one. Without an id one that has not ended is taken over: it was made by a
 * process that ended before it could note the id.
 */
export function* reportCheck(
  repository: string,
  report: CommitReport,
  app: string | undefined,
): Conversation<{ readonly id: string; readonly url?: string }> {
  const checks = `${repository}/check-runs`
  const known = report.id ?? (yield* findUnfinished(repository, report, app))
  const body = toBody(report)
  if (known !== undefined) {
    const changed = yield* ask({ ...write('PATCH', `${checks}/${encodePart(known)}`, body), expects: [404] })
    if (changed.status !== 404) return toAnswer(changed.body)
  }
  const head = { head_sha: report.commit }
  return toAnswer((yield* ask(write('POST', checks, { ...body, ...head }))).body)
}

function* findUnfinished(
  repository: string,
  report: CommitReport,
  app: string | undefined,
): Conversation<string | undefined> {
  const query = { check_name: toKey(report.context, longestName), filter: 'latest' }
  const { body } = yield* ask(get(`${repository}/commits/${encodePart(report.commit)}/check-runs`, query))
  const found = findList(body, 'check_runs').find(
    (check) => isOfApp(check, app) && findText(check, 'status') !== 'completed',
  )
  return found === undefined ? undefined : findId(found, 'id')
}

/** app-id of the Secret may be the number of the app or its client id. */
function isOfApp(check: unknown, app: string | undefined): boolean {
  return app !== undefined && [findId(check, 'app.id'), findText(check, 'app.client_id')].includes(app)
}

function toAnswer(body: unknown): { readonly id: string; readonly url?: string } {
  const url = findText(body, 'html_url')
  return { id: readId(body, 'id'), ...(url === undefined ? {} : { url }) }
}

function toBody(report: CommitReport): Readonly<Record<string, unknown>> {
  const title = toLine(report.description, longestTitle)
  const annotations = toAnnotations(report)
  return {
    name: toKey(report.context, longestName),
    ...toProgress(report),
    ...(report.url === undefined ? {} : { details_url: report.url }),
    output: { title: title === '' ? report.state : title, summary: toSummary(report), ...annotations },
  }
}

/** Only a completed check has a conclusion. A check knows no error beside failure. */
function toProgress({ state, startedAt, completedAt }: CommitReport): Readonly<Record<string, unknown>> {
  const started = startedAt === undefined ? {} : { started_at: startedAt }
  if (state === 'pending') return { status: 'queued' }
  if (state === 'running') return { status: 'in_progress', ...started }
  return {
    status: 'completed',
    conclusion: state === 'success' ? 'success' : 'failure',
    ...started,
    ...(completedAt === undefined ? {} : { completed_at: completedAt }),
  }
}

function toSummary({ annotation, description, state }: CommitReport): string {
  const text = annotation?.message ?? description
  return text === '' ? state : text.slice(0, longestSummary)
}

/** Without a line the first one carries it: GitHub shows no annotation of a whole file. */
function toAnnotations({ annotation }: CommitReport): object {
  const path = findValue(annotation, 'file')
  if (annotation === undefined || typeof path !== 'string') return {}
  const line = annotation.line ?? 1
  const { reason: title, message } = annotation
  return { annotations: [{ path, start_line: line, end_line: line, annotation_level: 'failure', title, message }] }
}

import { describe, expect, it } from 'vitest'
import type { PipelineRunStatus } from '../../../crds/pipeline-run.ts'
import { makeGroupRun } from '../../../test/helpers/group-run.ts'
import { parseCommands } from '../../engine/trigger/commands.ts'
import { renderComment, toCommentKey } from './comment.ts'

const pullRequest = { number: 7, fork: true, branch: 'x', targetBranch: 'main' }
interface Facts {
  readonly commit?: string
  readonly createdAt?: number
  readonly pipeline?: string
  readonly status?: PipelineRunStatus
}
function makeRun(name: string, { commit = 'a'.repeat(40), createdAt = 0, pipeline = 'ci', status = {} }: Facts = {}) {
  const event = { type: 'pullRequest' as const, pipeline, pullRequest }
  return { ...makeGroupRun({ name, commit, createdAt, event }), status }
}
const text = (...runs: ReturnType<typeof makeRun>[]) => renderComment(runs, 'https://c8s.example')?.text ?? ''

describe('the comment of a pull request', () => {
  it('is a table of the pipelines of its newest commit', () => {
    const comment = renderComment(
      [
        makeRun('old', { commit: 'b'.repeat(40), status: { phase: 'Failed', reason: 'StepFailed' } }),
        makeRun('lint-1', { createdAt: 1, pipeline: 'lint', status: { phase: 'Succeeded', reason: 'Succeeded' } }),
        makeRun('ci-1', { createdAt: 1, status: { phase: 'Failed', reason: 'StepFailed' } }),
        makeRun('ci-2', { createdAt: 2, status: { phase: 'Pending', reason: 'ApprovalRequired' } }),
        makeRun('new', { createdAt: 2, pipeline: 'new' }),
      ],
      'https://c8s.example',
    )
    expect(comment).toEqual({
      number: 7,
      marker: '<!-- c8s:team/app -->',
      text: [
        'c8s at `aaaaaaaaaaaa`',
        '',
        '| pipeline | state | reason |',
        '| --- | --- | --- |',
        '| [`ci`](https://c8s.example/runs/team/ci-2) | pending | `ApprovalRequired` |',
        '| [`lint`](https://c8s.example/runs/team/lint-1) | success | `Succeeded` |',
        '| [`new`](https://c8s.example/runs/team/new) | pending |  |',
        '',
      ].join('\n'),
    })
  })

  it('has no link where c8s has no page', () => {
    expect(renderComment([makeRun('ci-1')], '')?.text).toContain('| `ci` | pending |')
  })

  it.each(['`', 'a`b', '|', '[x](y)', '<img src=x>', '@team', 'a\n/ok-to-test\n', '\u202e', '', '\\`'])(
    'is no place for %j in a name',
    (pipeline) => {
      const written = text(makeRun('ci-1', { pipeline }))
      const [row = ''] = written.split('\n').slice(4)
      expect(row).toMatch(/^\| \[`[^`|<>[\]\\]+`\]\(https:\/\/c8s\.example\/runs\/team\/ci-1\) \| pending \| {2}\|$/)
      expect(written.split('\n')).toHaveLength(6)
      expect(parseCommands(written)).toEqual([])
    },
  )

  it('is for pull requests only', () => {
    expect(renderComment([makeGroupRun({ name: 'push', event: {} })], '')).toBeUndefined()
    expect(renderComment([], '')).toBeUndefined()
    expect(toCommentKey(makeGroupRun({ name: 'push', event: {} }))).toBeUndefined()
    expect(toCommentKey(makeRun('a'))).toBe('team/app#7')
  })
})

import { describe, expect, it } from 'vitest'
import {
  planCheckout,
  planFetchAll,
  planFetchCommit,
  planFetchFiles,
  planFetchHistory,
  planFetchMessage,
  planFetchRef,
  planFetchTrees,
  planInit,
  planListHeads,
  planListRefs,
  planListTree,
  planShowMessage,
  planSubmodules,
  toHintRef,
} from './arguments.ts'

describe('argument lists of git', () => {
  it('end their options before anything from outside', () => {
    const plans: readonly (readonly [readonly string[], outside: string])[] = [
      [planInit('/w', 'sha1'), '/w'],
      [planListRefs('https://h/x'), 'https://h/x'],
      [planFetchCommit('abc', 1), 'abc'],
      [planFetchRef('refs/heads/b', 1), '+refs/heads/b:refs/remotes/origin/b'],
      [planFetchAll(true, 'refs/pull/7/head'), '+refs/pull/7/head:refs/pull/7/head'],
      [planFetchHistory('https://h/x'), 'https://h/x'],
      [planFetchMessage('abc'), 'abc'],
      [planShowMessage('abc'), 'abc'],
      [planFetchTrees('abc'), 'abc'],
      [planFetchFiles(['abc', 'def']), 'abc'],
      [planListTree('abc', ['.c8s.yaml']), 'abc'],
      [planListHeads('https://h/x'), 'https://h/x'],
    ]
    for (const [plan, outside] of plans) {
      const end = plan.indexOf('--end-of-options')
      expect(end).toBeGreaterThan(0)
      expect(plan.indexOf(outside)).toBeGreaterThan(end)
    }
    expect(planCheckout('abc').slice(-2)).toEqual(['abc', '--'])
  })

  it('fetch with the depth asked for', () => {
    expect(planFetchCommit('abc', 5)).toContain('--depth=5')
    expect(planFetchCommit('abc', 0).some((arg) => arg.startsWith('--depth'))).toBe(false)
    expect(planFetchAll(true)).toContain('--unshallow')
    expect(planFetchAll(false)).not.toContain('--unshallow')
    expect(planSubmodules(1)).toContain('--depth=1')
    expect(planSubmodules(0)).not.toContain('--depth=0')
  })

  it('look where the commit was said to be: the ref, else the branch, else the tag, else nowhere', () => {
    expect(toHintRef({ branch: 'b', tag: 't', ref: 'refs/pull/7/head' })).toBe('refs/pull/7/head')
    expect(toHintRef({ branch: 'b', tag: 't' })).toBe('refs/heads/b')
    expect(toHintRef({ tag: 't' })).toBe('refs/tags/t')
    expect(toHintRef({})).toBeUndefined()
    expect(planFetchRef('refs/tags/t', 3)).toContain('--depth=3')
    expect(planFetchRef('refs/tags/t', 0).at(-1)).toBe('+refs/tags/t:refs/tags/t')
  })
})

import { describe, expect, it } from 'vitest'
import type { CloneOptions } from '../lib/agent-options.ts'
import {
  planCheckout,
  planFetchAll,
  planFetchCommit,
  planFetchHint,
  planFetchHistory,
  planInit,
  planListRefs,
  planSubmodules,
} from './arguments.ts'

const options: CloneOptions = {
  repository: 'https://h/x',
  commit: 'a'.repeat(40),
  depth: 1,
  submodules: false,
  workspace: '/workspace',
  commitFile: '/c8s/commit',
}

describe('argument lists of git', () => {
  it('end their options before anything from outside', () => {
    const plans: readonly (readonly [readonly string[], outside: string])[] = [
      [planInit('/w', 'sha1'), '/w'],
      [planListRefs('https://h/x'), 'https://h/x'],
      [planFetchCommit('abc', 1), 'abc'],
      [planFetchHint({ ...options, branch: 'b' }) ?? [], '+refs/heads/b:refs/remotes/origin/b'],
      [planFetchHistory('https://h/x'), 'https://h/x'],
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

  it('look where the commit was said to be: the branch, else the tag, else nowhere', () => {
    expect(planFetchHint({ ...options, branch: 'b', tag: 't' })?.at(-1)).toBe('+refs/heads/b:refs/remotes/origin/b')
    expect(planFetchHint({ ...options, tag: 't' })?.at(-1)).toBe('+refs/tags/t:refs/tags/t')
    expect(planFetchHint(options)).toBeUndefined()
  })
})

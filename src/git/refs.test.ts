import { describe, expect, it } from 'vitest'
import { chooseBranches, findFullRefProblem, findRefProblem, findTips, parseRefs } from './refs.ts'

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]
const text = `${a}\tHEAD\n${a}\trefs/heads/main\n${b}\trefs/heads/release/1\n${c}\trefs/tags/v1\n${b}\trefs/tags/v1^{}\n`

describe('parseRefs', () => {
  it('reads the lines and takes the commit of an annotated tag', () => {
    expect(parseRefs(text)).toEqual([
      { name: 'HEAD', commit: a },
      { name: 'refs/heads/main', commit: a },
      { name: 'refs/heads/release/1', commit: b },
      { name: 'refs/tags/v1', commit: b },
    ])
  })

  it('leaves out what is no ref', () => {
    expect(parseRefs('warning: redirecting\nabc\trefs/heads/x\n')).toEqual([])
  })
})

describe('chooseBranches and findTips', () => {
  const refs = parseRefs(text)
  it.each([
    [['main'], ['refs/heads/main']],
    [['*'], ['refs/heads/main', 'refs/heads/release/1']],
    [['m*', '*1'], ['refs/heads/main']],
    [['**'], ['refs/heads/main', 'refs/heads/release/1']],
    [['release/*', 'v1'], ['refs/heads/release/1']],
    [[], []],
  ])('%j chooses %j', (globs, want) => {
    expect(chooseBranches(refs, globs).map(({ name }) => name)).toEqual(want)
  })

  it('finds each tip once', () => {
    expect(findTips(refs, 'aaaaaaa')).toEqual([a])
    expect(findTips(refs, 'ccccccc')).toEqual([])
  })
})

describe('findRefProblem', () => {
  it.each(['main', 'feature/a-b_c', 'v1.2.3', 'ünïcode', 'a@b', 'release/2026.x', 'a-'])('takes %j', (name) => {
    expect(findRefProblem(name)).toBeUndefined()
  })

  it.each([
    '',
    '-x',
    '--upload-pack=x',
    'a b',
    'a..b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a@{1}',
    '@',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.',
    'a\nb',
    'a\x7fb',
  ])('refuses %j', (name) => {
    expect(findRefProblem(name)).toBeDefined()
  })
})

describe('findFullRefProblem', () => {
  it.each(['refs/heads/main', 'refs/pull/7/head', 'refs/merge-requests/12/head'])('takes %j', (ref) => {
    expect(findFullRefProblem(ref)).toBeUndefined()
  })

  it.each([
    '',
    'main',
    'refs/',
    'refs',
    'refs//x',
    'refs/heads/*',
    'refs/pull/7/head:refs/heads/main',
    '+refs/heads/x',
  ])('refuses %j', (ref) => {
    expect(findFullRefProblem(ref)).toBeDefined()
  })
})

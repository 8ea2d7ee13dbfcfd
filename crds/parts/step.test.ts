import { describe, expect, it } from 'vitest'
import * as patterns from '../patterns.ts'
import { toNode } from '../schema.ts'
import { step } from './step.ts'

/** Patterns must mean the same to RE2 and to ECMAScript, with and without the u flag. */
const compile = (pattern: string) => [new RegExp(pattern), new RegExp(pattern, 'u')]

const tables: readonly { name: string; pattern: string; legal: string[]; illegal: string[] }[] = [
  {
    name: 'labelPattern',
    pattern: patterns.labelPattern,
    legal: ['a', 'a-b', '0'],
    illegal: ['', '-a', 'a-', 'A', 'a.b', 'a\n'],
  },
  {
    name: 'namePattern',
    pattern: patterns.namePattern,
    legal: ['a', 'a.b-c', '0.1'],
    illegal: ['', '.a', 'a.', 'a..b', 'a/b', 'A'],
  },
  {
    name: 'repositoryPattern',
    pattern: patterns.repositoryPattern,
    legal: ['https://h/a', 'ssh://git@h/a', 'git://h'],
    illegal: ['https://', 'https:///a', 'ssh://-x', 'file:///a', 'https://h/a\nb', 'https://h/ b', ' https://h'],
  },
  {
    name: 'quantityPattern',
    pattern: patterns.quantityPattern,
    legal: ['0', '1', '0.5', '.5', '5.', '500m', '1e3', '1E-3', '512Ki', '2Gi', '1E', '+1'],
    illegal: ['', '.', '-1', '1 Gi', '1gi', '1KI', 'e3', '1Gi\n', '1GB'],
  },
  {
    name: 'durationPattern',
    pattern: patterns.durationPattern,
    legal: ['90s', '1h30m', '1h5s'],
    illegal: ['5', '1.5h', '30m1h', '-5m', '5m\n', '1d'],
  },
  {
    name: 'commitPattern',
    pattern: patterns.commitPattern,
    legal: ['abc1234', 'a'.repeat(40), 'a'.repeat(64)],
    illegal: ['abc123', 'ABC1234', 'a'.repeat(65), 'main', 'abc1234\n'],
  },
  {
    name: 'refPattern',
    pattern: patterns.refPattern,
    legal: ['main', 'feature/x', 'v1.0', 'a-b', '@x'],
    illegal: ['', '-a', '/a', 'a b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[', 'a\\b', 'a\n'],
  },
  {
    name: 'globPattern',
    pattern: patterns.globPattern,
    legal: ['*', '**', 'feature/*', 'v?'],
    illegal: ['', '-x', 'a b', 'a\n'],
  },
  {
    name: 'envNamePattern',
    pattern: patterns.envNamePattern,
    legal: ['A', '_', 'a1'],
    illegal: ['', '1A', 'A-B', 'A=B', 'A.B'],
  },
  {
    name: 'secretKeyPattern',
    pattern: patterns.secretKeyPattern,
    legal: ['a', '.netrc', 'config.json', '_', '-', 'a..b'],
    illegal: ['', '.', '..', '..a', 'a/b', 'a b'],
  },
  {
    name: 'imagePattern',
    pattern: patterns.imagePattern,
    legal: ['golang:1.21', 'A/b'],
    illegal: ['', '-a', '/a', 'a b', 'a\n'],
  },
]

describe('the patterns of the fields', () => {
  it.each(tables)('$name', ({ pattern, legal, illegal }) => {
    for (const form of compile(pattern)) {
      expect(legal.filter((text) => !form.test(text))).toEqual([])
      expect(illegal.filter((text) => form.test(text))).toEqual([])
    }
  })

  it('have words for every one of them', () => {
    const known = tables.map(({ pattern }) => pattern)
    expect(Object.keys(patterns.patternWords).sort()).toEqual(known.sort())
  })
})

describe('a step', () => {
  it('requires no more than the data model does', () => {
    expect(toNode(step).required).toEqual(['name'])
  })
})

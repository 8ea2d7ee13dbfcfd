import { describe, expect, it } from 'vitest'
import { createHeadsReader, parseContents, parseSizes, parseTree } from './objects.ts'

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)] as const
const bytes = (text: string) => Buffer.from(text).toString('latin1')

describe('parseTree', () => {
  it('reads entries with any name', () => {
    expect(parseTree(bytes(`100644 blob ${a}\t.c8s/a\nü.yaml\x00120000 blob ${b}\t.c8s.yaml\x00`))).toEqual([
      { mode: '100644', id: a, path: '.c8s/a\nü.yaml' },
      { mode: '120000', id: b, path: '.c8s.yaml' },
    ])
    expect(parseTree('')).toEqual([])
  })
})

describe('parseSizes and parseContents', () => {
  it('read what is there', () => {
    expect(parseSizes(`${a} blob 3\n${b} missing\n`)).toEqual(new Map([[a, 3]]))
    const contents = parseContents(bytes(`${a} blob 4\nü\n1\n${b} blob 0\n\n`))
    expect(contents).toEqual(
      new Map([
        [a, 'ü\n1'],
        [b, ''],
      ]),
    )
  })

  it('stop at what is not understood', () => {
    expect(parseContents(`${b} missing\n${a} blob 1\nx\n`)).toEqual(new Map())
  })
})

describe('createHeadsReader', () => {
  const read = (lines: readonly string[], most = 10) => {
    const reader = createHeadsReader()
    for (const line of lines) reader.take(bytes(line))
    return reader.read(most)
  }

  it('leaves out what is neither branch nor tag', () => {
    const lines = [`${a}\tHEAD`, `${a}\trefs/pull/1/head`, `${b}\trefs/heads/x`, 'warning: x', `${a}\trefs/heads/`]
    expect(read(lines)).toEqual({ heads: [{ ref: 'refs/heads/x', commit: b }] })
  })

  it('keeps the default branch when there are too many', () => {
    const heads = Array.from({ length: 20 }, (_, index) => `${a}\trefs/heads/b${index}`)
    const { heads: kept, defaultBranch } = read(['ref: refs/heads/z\tHEAD', ...heads, `${b}\trefs/heads/z`], 3)
    expect(defaultBranch).toBe('z')
    expect(kept.map(({ ref }) => ref)).toEqual(['refs/heads/z', 'refs/heads/b0', 'refs/heads/b1'])
  })
})

import { describe, expect, it } from 'vitest'
import { readYaml } from './read.ts'

const values = (text: string) => readYaml(text).documents.map(({ value }) => value)
const problems = (text: string) => readYaml(text).problems.map(({ line, message }) => `${line}: ${message}`)

describe('readYaml', () => {
  it.each<[string, string, unknown[]]>([
    ['a map', 'a: 1\nb: [x, "y"]', [{ a: 1, b: ['x', 'y'] }]],
    ['JSON', '{"a":\t{"b": null, "c": [true, 1.5]}}', [{ a: { b: null, c: [true, 1.5] } }]],
    ['documents', '---\na: 1\n---\nb: 2\n---\n', [{ a: 1 }, { b: 2 }]],
    ['nothing', '# only a comment\n', []],
    ['an alias written out', 'a: &x [1]\nb: *x', [{ a: [1], b: [1] }]],
    ['words as kubectl reads them', 'a: yes\nb: on\nc: n\nd: "yes"', [{ a: true, b: true, c: false, d: 'yes' }]],
    [
      'numbers as kubectl reads them',
      'a: 0755\nb: 1_000\nc: 0x1F\nd: 12345e7\ne: 1e3',
      [{ a: 493, b: 1000, c: 31, d: 123_450_000_000, e: 1000 }],
    ],
    [
      'texts as kubectl reads them',
      'a: 12:30\nb: 2001-01-01\nc: 1.2.3\nd: =',
      [{ a: '12:30', b: '2001-01-01', c: '1.2.3', d: '=' }],
    ],
    ['block texts', 'a: |\n  x\n  y\nb: >-\n  x\n  y\n', [{ a: 'x\ny\n', b: 'x y' }]],
    ['Windows line ends', 'a: b\r\nc: d\r\n', [{ a: 'b', c: 'd' }]],
    ['names of methods', 'constructor: 1\ntoString: 2', [{ constructor: 1, toString: 2 }]],
    ['a list', '- 1\n- 2', [[1, 2]]],
  ])('%s', (_, text, want) => {
    expect(readYaml(text).problems).toEqual([])
    expect(values(text)).toEqual(want)
  })

  it.each([
    ['a key given twice', 'a: 1\nb: 2\na: 3', '3: the key "a" is given twice'],
    ['a key given twice deep inside', 'a:\n  - b: 1\n    b: 2', '3: the key "b" is given twice'],
    [
      'a merge key',
      'a: &x {b: 1}\nc:\n  <<: *x',
      '3: a merge key (<<): tools read it differently, so write the fields out',
    ],
    ['a tag', 'a: 1\nb: !!str 5', '2: a tag: types are told from the value alone, so leave it out'],
    ['a tag of its own', 'a: !php/object x', '1: a tag: types are told from the value alone, so leave it out'],
    ['__proto__', 'a:\n  __proto__: {b: 1}', '2: a key named __proto__'],
    ['__proto__ in JSON', '{"__proto__": 1}', '1: a key named __proto__'],
    ['a key that is not text', 'a: 1\non: push', '2: a key that is not text: put it in quotes'],
    ['an unknown alias', 'a: *x', '1: an alias to x, which is no anchor before it'],
    ['an alias within itself', 'a: &x\n  - *x', '2: an alias to x, which holds the alias itself'],
    ['a quote that is not closed', 'a: 1\nb: "x', '2: Missing closing "quote'],
    ['a number without end', 'a: .inf', '1: a number that JSON does not have'],
    ['51 brackets', `a: ${'['.repeat(51)}${']'.repeat(51)}`, '1: values nested deeper than 50 levels'],
    [
      '51 indentations',
      Array.from({ length: 52 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      '51: values nested deeper than 50 levels',
    ],
    ['51 dashes', `${'- '.repeat(51)}x`, '1: values nested deeper than 50 levels'],
    ['101 aliases', `a: &x 1\nb: [${'*x,'.repeat(101)}]`, '2: more than 100 aliases'],
    ['a file too large', `a: ${'x'.repeat(1024 * 1024)}`, '1: the file is larger than 1048576 bytes'],
  ])('refuses %s', (_, text, want) => {
    const [first = ''] = problems(text)
    expect(first.startsWith(want) ? want : first).toBe(want)
    expect(readYaml(text).documents).toEqual([])
  })

  it('knows the line of each field, and of what is around one that is missing', () => {
    const [, second] = readYaml('a: 1\n---\nspec:\n  steps:\n    - name: x\n      image: y\n    - name: z\n').documents
    const lines = [
      '',
      'spec',
      'spec.steps',
      'spec.steps[0].image',
      'spec.steps[1].image',
      'spec.steps[1]',
      'other',
    ].map((path) => second?.lineOf(path))
    expect(lines).toEqual([3, 3, 4, 6, 7, 7, 3])
  })

  it('changes no prototype', () => {
    readYaml('__proto__: {polluted: 1}')
    readYaml('a: {constructor: {prototype: {polluted: 1}}}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('bombs', () => {
  const size = 1024 * 1024 - 100
  const fill = (text: string) => text.repeat(Math.floor(size / text.length))
  const laughs = Array.from(
    { length: 9 },
    (_, level) => `l${level}: &l${level} [${level === 0 ? 'x' : `*l${level - 1}`.concat(`,*l${level - 1}`.repeat(8))}]`,
  )
  it.each([
    ['brackets', fill('[')],
    ['braces', fill('{')],
    ['dashes', fill('- ')],
    ['anchors', fill('&a ')],
    ['tags', fill('!a ')],
    ['question marks', fill('? ')],
    ['colons', fill(':')],
    ['documents', fill('---\n')],
    ['items', `a:\n${fill('- x\n')}`],
    ['keys', Array.from({ length: 100_000 }, (_, key) => `k${key}:`).join('\n')],
    ['equal keys', fill('a:\n')],
    ['comments', fill('# x\n')],
    ['indentation', Array.from({ length: 1400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['an open quote', `"${fill('\n')}`],
    ['a text folded', `a: >\n${fill('  x\n\n')}`],
    ['a plain text', `a: x\n${fill('  y\n')}`],
    ['commas', `[${fill(',')}]`],
    ['carriage returns', fill('\r')],
    ['a billion laughs', laughs.join('\n')],
    ['escapes', `"${fill('\\x41')}"`],
    ['percent signs', fill('%a\n')],
    ['tabs', fill('\t')],
  ])(
    '%s are answered in time',
    (_, text) => {
      const start = performance.now()
      const { documents, problems: found } = readYaml(text)
      expect(documents.length + found.length).toBeGreaterThanOrEqual(0)
      expect(performance.now() - start).toBeLessThan(15_000)
    },
    20_000,
  )
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommands } from './commands.ts'

describe('parseCommands', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['a command', '/test', ['/test']],
    ['with a pipeline', '/test unit', ['/test unit']],
    ['with blanks around', '/test \t unit  ', ['/test unit']],
    ['among other lines', 'Looks good.\n\n/retest\nThanks', ['/retest']],
    ['with Windows lines', 'Hm\r\n/cancel\r\n', ['/cancel']],
    ['several', '/cancel\n/test\n/ok-to-test', ['/cancel', '/test', '/ok-to-test']],
    ['each once', '/test\n/test\n/test unit\n/test  unit', ['/test', '/test unit']],
    ['with a commit', '/ok-to-test abc1234', ['/ok-to-test abc1234']],
    ['not in the middle of a line', 'please /test', []],
    ['not after a blank', ' /test', []],
    ['not in a quote', '> /test', []],
    ['not in a code block', '```\n/ok-to-test\n```\n', []],
    ['not in the other code block', '~~~ sh\n/ok-to-test\n~~~', []],
    ['after a code block', '```\n/test\n```\n/retest', ['/retest']],
    ['a code block that never ends', '```\n/test', []],
    ['a fence of the other kind in a code block', '```\n~~~\n/test\n```', []],
    ['not another robot’s', '/lgtm\n/approve\n/close', []],
    ['not a longer word', '/testing\n/cancelled\n/ok-to-test-all', []],
    ['not in capitals', '/Test', []],
    ['not with two pipelines', '/test a b', []],
    ['not what takes nothing', '/retest unit', []],
    ['not a slash alone', '/\n//test\n/ test', []],
    ['nothing', '', []],
    ['prototypes', '/constructor\n/__proto__\n/toString', []],
  ])('%s', (_, text, want) => {
    expect(parseCommands(text).map((command) => command.text)).toEqual(want)
  })

  it('tells kind and argument', () => {
    expect(parseCommands('/test a\n/cancel\n/retest\n/ok-to-test abc1234')).toEqual([
      { kind: 'test', argument: 'a', text: '/test a' },
      { kind: 'cancel', text: '/cancel' },
      { kind: 'retest', text: '/retest' },
      { kind: 'approve', argument: 'abc1234', text: '/ok-to-test abc1234' },
    ])
  })

  it('looks at a handful, however long the comment is', () => {
    const start = performance.now()
    const many = Array.from({ length: 100_000 }, (_, index) => `/test p${index}`).join('\n')
    expect(parseCommands(many)).toHaveLength(20)
    expect(parseCommands(`/test ${' '.repeat(1_000_000)}`)).toHaveLength(1)
    expect(parseCommands(`/test ${'a\t'.repeat(500_000)}`)).toHaveLength(0)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', size: 'medium' }), (text) => {
        for (const command of parseCommands(`/test\n${text}`)) expect(command.text).toMatch(/^\/[a-z-]+( \S+)?$/)
      }),
    )
  })
})

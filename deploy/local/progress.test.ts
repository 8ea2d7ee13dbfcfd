import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

test('every line carries the seconds, and a long step gives its result', async () => {
  const lines: string[] = []
  const progress = createProgress((text) => lines.push(text))
  progress.say('one')
  expect(await progress.during('two', async () => 2)).toBe(2)
  expect(lines).toEqual(['[  0 s] one\n', '[  0 s] two\n'])
})

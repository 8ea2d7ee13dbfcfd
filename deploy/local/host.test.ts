import { expect, test } from 'vitest'
import { findRefusal } from './host.ts'

const fine = { platform: 'linux', isRoot: true, foreign: [] }

test('a Linux machine, root, and no other node: nothing to refuse', () => {
  expect(findRefusal(fine)).toBeUndefined()
})

test.each([
  [{ ...fine, platform: 'darwin' }, 'Linux only'],
  [{ ...fine, isRoot: false }, 'started by root'],
  [{ ...fine, foreign: [{ pid: 7, name: 'k3s' }] }, 'k3s, process 7'],
])('%j is refused, with the way out named', (facts, words) => {
  expect(findRefusal(facts)).toContain(words)
  expect(findRefusal(facts)).toContain('C8S_CONTEXT')
})

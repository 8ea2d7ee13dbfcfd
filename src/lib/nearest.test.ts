import { describe, expect, it } from 'vitest'
import { findNearest } from './nearest.ts'

const known = ['name', 'image', 'commands', 'dependsOn', 'timeout']

describe('findNearest', () => {
  it.each([
    ['dependson', 'dependsOn'],
    ['depends_on', 'dependsOn'],
    ['command', 'commands'],
    ['iamge', 'image'],
    ['timout', 'timeout'],
    ['x', undefined],
    ['volumes', undefined],
    ['', undefined],
  ])('%j → %j', (name, want) => {
    expect(findNearest(name, known)).toBe(want)
  })

  it('takes the nearest, not the first', () => {
    expect(findNearest('unit-tests', ['unit-test-2', 'unit-test'])).toBe('unit-test')
  })
})

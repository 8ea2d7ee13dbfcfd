import { describe, expect, it } from 'vitest'
import type { Conditional } from '../../../crds/parts/conditional.ts'
import { asksForChanges, fitChanges } from './changed-files.ts'

const repository = 'https://git.test/team/app'
const step = (conditional?: Conditional) => ({
  name: 'test',
  image: 'i',
  commands: ['c'],
  ...(conditional === undefined ? {} : { conditional }),
})

describe('a pipeline asks for the changed files', () => {
  it.each<readonly [string, Conditional | undefined, boolean]>([
    ['without a condition', undefined, false],
    ['by another condition', { branch: 'main', when: 'event == "push"' }, false],
    ['by paths', { paths: ['a'] }, true],
    ['by ignorePaths', { ignorePaths: ['a'] }, true],
    ['by an expression', { when: 'changedFiles.size() > 3' }, true],
    ['by one that is none', { when: 'changedFiles >' }, false],
  ])('%s', (_, conditional, want) => {
    expect(asksForChanges({ name: 'ci', spec: { repository, steps: [step(conditional)] } })).toBe(want)
    const last = { repository, steps: [step()], finally: [step(conditional)] }
    expect(asksForChanges({ name: 'ci', spec: last })).toBe(want)
  })

  it('not when it is broken', () => {
    expect(asksForChanges({ name: 'ci', rejection: { reason: 'ConfigInvalid', message: 'no' } })).toBe(false)
  })
})

describe('a run carries', () => {
  const names = (count: number, length: number) => Array.from({ length: count }, () => 'x'.repeat(length))
  it.each<readonly [string, readonly string[] | undefined, boolean]>([
    ['none where they are not known', undefined, false],
    ['that nothing changed', [], true],
    ['500 files', names(500, 100), true],
    ['not 501', names(501, 1), false],
    ['names of 1024 characters', names(3, 1024), true],
    ['no longer ones', names(1, 1025), false],
    ['not more than 64 KiB of them', names(70, 1000), false],
  ])('%s', (_, files, want) => {
    expect(fitChanges(files, { steps: [] })).toEqual(want ? files : undefined)
  })

  it('none where the filters of all steps together would take too long', () => {
    const steps = Array.from({ length: 20 }, (_, at) => ({
      name: `s${at}`,
      conditional: { paths: Array.from({ length: 100 }, () => 'src/x') },
    }))
    expect(fitChanges(names(100, 600), { steps })).toBeUndefined()
    expect(fitChanges(names(100, 600), { steps: steps.slice(1, 2) })).toHaveLength(100)
  })
})

import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { judgeGrant } from './usable-by.ts'

const here = { config: 'a', connection: 'c', branch: 'main' }
const no = { granted: false }
const yes = { granted: true, onlyOnBranch: false }
const onBranch = { granted: true, onlyOnBranch: true }

test.each([
  ['no annotation', undefined, here, no],
  ['an empty annotation', ' , ', here, no],
  ['everybody', '*', here, yes],
  ['the config', 'config:a', here, yes],
  ['another config', 'config:b', here, no],
  ['a config name is no glob', 'config:*', here, no],
  ['one of two configs', 'config:b,config:a', here, yes],
  ['the connection', 'connection:c', here, yes],
  ['a branch', 'branch:main', here, onBranch],
  ['a branch glob', 'branch:release/*', { branch: 'release/1' }, onBranch],
  ['a branch glob does not cross parts', 'branch:release/*', { branch: 'release/1/x' }, no],
  ['config and branch, both', 'config:a,branch:main', here, onBranch],
  ['config and branch, wrong branch', 'config:a,branch:main', { ...here, branch: 'dev' }, no],
  ['config and branch, branch not told', 'config:a,branch:**', { config: 'a' }, no],
  ['a kind that does not exist spoils the rest', 'config:a,team:x', here, no],
  ['a term without kind spoils the rest', 'a,config:a', here, no],
  ['a limit beside the star still limits', '*,config:b', here, no],
  ['spaces do not matter', ' config:a , branch:main ', here, onBranch],
  ['an empty value matches nothing', 'config:', { config: '' }, no],
])('%s', (...[, annotation, context, want]) => {
  expect(judgeGrant(annotation, context)).toEqual(want)
})

test('whatever the annotation says, a context that names nothing is granted only by the star alone', () => {
  assert(
    property(string(), (annotation) => {
      const { granted } = judgeGrant(annotation, {})
      const texts = annotation.split(',').map((text) => text.trim())
      expect(granted).toBe(texts.includes('*') && texts.every((text) => text === '*' || text === ''))
    }),
  )
})

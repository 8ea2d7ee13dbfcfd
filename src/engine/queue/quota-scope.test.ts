import { expect, test } from 'vitest'
import { aQuota } from '../../../test/helpers/admission-objects.ts'
import { countsSteps } from './quota-scope.ts'

const byClass = (operator: string, ...values: string[]) => ({
  scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
})

test.each<[string, object, string | undefined, boolean]>([
  ['no scope', {}, undefined, true],
  ['what steps are', { scopes: ['Terminating', 'NotBestEffort'] }, undefined, true],
  ['what they are not', { scopes: ['NotTerminating'] }, undefined, false],
  ['the class of the run', byClass('In', 'high'), 'high', true],
  ['another class', byClass('In', 'high'), 'low', false],
  ['no class', byClass('In', 'high'), undefined, false],
  ['all but a class', byClass('NotIn', 'high'), undefined, true],
  ['any class', byClass('Exists'), 'low', true],
  ['none', byClass('DoesNotExist'), 'low', false],
  ['a selector that nobody knows', { scopeSelector: { matchExpressions: [] } }, 'low', false],
])('%s', (...[, spec, priorityClass, want]) => {
  expect(countsSteps(aQuota({ cpu: '1' }, spec), priorityClass)).toBe(want)
})

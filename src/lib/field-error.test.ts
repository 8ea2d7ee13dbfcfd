import { describe, expect, it } from 'vitest'
import { joinPath, quoteValue, renderError, renderErrors } from './field-error.ts'

const error = { path: 'spec.steps[0].name', code: 'Invalid', message: 'is wrong' } as const

describe('renderError', () => {
  it.each([
    { name: 'path, code, message', given: error, want: 'spec.steps[0].name: Invalid: is wrong' },
    {
      name: 'a hint in brackets',
      given: { ...error, hint: 'write test' },
      want: 'spec.steps[0].name: Invalid: is wrong (write test)',
    },
    { name: 'the object as a whole', given: { ...error, path: '' }, want: 'Invalid: is wrong' },
    {
      name: 'no line break or escape sequence of a user gets through',
      given: { ...error, message: 'a\nb\u001b[31m\u2028' },
      want: 'spec.steps[0].name: Invalid: a\\u000ab\\u001b[31m\\u2028',
    },
  ])('$name', ({ given, want }) => {
    expect(renderError(given)).toBe(want)
  })
})

describe('renderErrors', () => {
  it('tells how many are left out', () => {
    expect(renderErrors([error, error, error], 1)).toEqual(['spec.steps[0].name: Invalid: is wrong', 'and 2 more'])
    expect(renderErrors([error], 1)).toHaveLength(1)
  })
})

describe('joinPath', () => {
  it('has no leading dot', () => {
    expect([joinPath('', 'spec'), joinPath('spec', 'steps[0]')]).toEqual(['spec', 'spec.steps[0]'])
  })
})

describe('quoteValue', () => {
  it.each([
    ['5 minutes', '"5 minutes"'],
    ['a\nb', '"a\\nb"'],
    ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
    ['a\u0085b', '"a\\u0085b"'],
  ])('%j', (value, want) => {
    expect(quoteValue(value)).toBe(want)
  })
})

import { expect, test } from 'vitest'
import { readWebhookSecret } from './webhook-secret.ts'

const encode = (text: string) => Buffer.from(text).toString('base64')

test.each<[string, Readonly<Record<string, string>>, object]>([
  ['both', { 'webhook-secret': encode('a'), 'webhook-secret-previous': encode('b') }, { current: 'a', previous: 'b' }],
  ['with a line break', { 'webhook-secret': encode(' a b\r\n') }, { current: ' a b' }],
  ['with umlauts', { 'webhook-secret': encode('ä€') }, { current: 'ä€' }],
  ['empty', { 'webhook-secret': '', 'webhook-secret-previous': encode('\n') }, {}],
  ['none', { password: encode('a') }, {}],
])('%s: the values of a webhook Secret are read', (...[, data, values]) => {
  expect(readWebhookSecret({ data })).toEqual(values)
})

test('a Secret without data has none', () => {
  expect(readWebhookSecret({})).toEqual({})
})

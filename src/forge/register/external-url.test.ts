import { expect, test } from 'vitest'
import { defaultExternalURL, parseExternalURL } from './external-url.ts'

test.each([
  [undefined, defaultExternalURL],
  ['', defaultExternalURL],
  ['https://C8S.example.com/', 'https://c8s.example.com'],
  ['http://10.0.0.1:8090/ci//', 'http://10.0.0.1:8090/ci'],
])('%s is read', (...[text, url]) => {
  expect(parseExternalURL(text)).toBe(url)
})

test.each([
  'c8s.example.com',
  'ftp://c8s',
  'https://a:b@c8s',
  'https://c8s/?a=b',
  'https://c8s/#',
  'javascript:alert(1)',
])('%s is refused', (text) => {
  expect(() => parseExternalURL(text)).toThrow(/C8S_EXTERNAL_URL must be/)
})

import { array, assert, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { withoutRegistryName, withRegistryName } from './network.ts'

const line = constantFrom('127.0.0.1 localhost', '', '# mine', '10.1.1.1 registry.c8s.local.example', '::1 ip6')
const hosts = array(line).map((lines) => (lines.length === 0 ? '' : `${lines.join('\n')}\n`))

test('the registry’s name is added once, however often', () => {
  assert(
    property(hosts, (text) => {
      const once = withRegistryName(text)
      expect(once).toContain('10.243.0.1 registry.c8s.local #')
      expect(withRegistryName(once)).toBe(once)
    }),
  )
})

test('taking it away gives the file back as it was', () => {
  assert(
    property(hosts, (text) => {
      expect(withoutRegistryName(withRegistryName(text))).toBe(text)
    }),
  )
})

test('a line with an older address is replaced', () => {
  const older = '10.9.9.9 registry.c8s.local # c8s local cluster\n'
  expect(withRegistryName(older)).not.toContain('10.9.9.9')
})

test('a file that does not end its last line is not damaged', () => {
  expect(withRegistryName('127.0.0.1 localhost')).toMatch(/^127\.0\.0\.1 localhost\n10\./)
})

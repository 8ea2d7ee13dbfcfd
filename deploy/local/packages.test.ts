import { expect, test } from 'vitest'
import { compilerPackages, planPackages, systemPackages } from './packages.ts'

test('nothing is installed where all is there', () => {
  expect(planPackages(() => true)).toEqual([])
})

test('on an empty machine everything is', () => {
  expect(planPackages(() => false)).toEqual(systemPackages.map(({ name }) => name))
})

test('only what is missing is', () => {
  expect(planPackages((path) => path !== '/usr/sbin/iptables')).toEqual(['iptables'])
})

test('a C compiler is asked for by those who need one only', () => {
  expect(planPackages(() => false, compilerPackages)).toEqual(['gcc', 'libc6-dev'])
  expect(planPackages(() => false)).not.toContain('gcc')
})

test('beside Docker’s containerd, which brings runc and conflicts with Debian’s, runc is not installed', () => {
  const docker = ['/usr/bin/containerd', '/usr/bin/runc']
  expect(planPackages((path) => docker.includes(path))).not.toContain('runc')
})

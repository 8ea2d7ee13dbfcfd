import { expect, test } from 'vitest'
import { planPackages, systemPackages } from './packages.ts'

test('nothing is installed where all is there', () => {
  expect(planPackages(() => true)).toEqual([])
})

test('on an empty machine everything is', () => {
  expect(planPackages(() => false)).toEqual(systemPackages.map(({ name }) => name))
})

test('only what is missing is', () => {
  expect(planPackages((path) => path !== '/usr/sbin/iptables')).toEqual(['iptables'])
})

test('beside Docker’s containerd, which brings runc and conflicts with Debian’s, runc is not installed', () => {
  const docker = ['/usr/bin/containerd', '/usr/bin/runc']
  expect(planPackages((path) => docker.includes(path))).not.toContain('runc')
})

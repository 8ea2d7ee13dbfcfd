import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAllowedAddress } from './addresses.ts'

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '169.254.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'fd00:ec2::254',
  'fd00:0ec2:0:0:0:0:0:254',
  'fd20:ce::254',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:169.254.169.254',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '::127.0.0.1',
  '::a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b::7f00:1',
  '64:ff9b:1::169.254.169.254',
  '2002:a9fe:a9fe::1',
  '2002:7f00:1::',
])('%s is refused', (address) => {
  expect(isAllowedAddress(address, false)).toBe(false)
})

test.each([
  '10.0.0.1',
  '172.16.3.4',
  '192.168.1.1',
  '100.64.0.1',
  '140.82.121.3',
  '1.1.1.1',
  'fd12:3456::1',
  '2606:50c0:8000::64',
  '::ffff:10.0.0.1',
  '64:ff9b::140.82.121.3',
])('%s is allowed, private or not', (address) => {
  expect(isAllowedAddress(address, false)).toBe(true)
})

test.each(['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1'])('%s is allowed where loopback is', (address) => {
  expect(isAllowedAddress(address, true)).toBe(true)
})

test.each(['169.254.169.254', '0.0.0.0', '::', '::ffff:169.254.169.254', 'fe80::1'])(
  '%s is refused even then',
  (address) => {
    expect(isAllowedAddress(address, true)).toBe(false)
  },
)

test.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '[::1]', '0x7f.1'])('%j is no address', (text) => {
  expect(isAllowedAddress(text, true)).toBe(false)
})

test('an IPv4 address means the same in every IPv6 form', () => {
  const byte = fc.nat({ max: 255 })
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
      const plain = bytes.join('.')
      const wanted = isAllowedAddress(plain, false)
      expect(isAllowedAddress(`::ffff:${plain}`, false)).toBe(wanted)
      expect(isAllowedAddress(`64:ff9b::${plain}`, false)).toBe(wanted)
    }),
  )
})

import { expect, test } from 'vitest'
import { readAdmissionSettings, readCertificateMode } from './admission-settings.ts'

const read = (environment: Readonly<Record<string, string>>) =>
  readAdmissionSettings({ C8S_IMAGE: 'c8s:1', ...environment }).prices

test('no price at all is no prices', () => {
  expect(read({ C8S_PRICE_CURRENCY: 'EUR', C8S_PRICE_CPU_HOUR: '' })).toBeUndefined()
})

test('one that is not set is free', () => {
  const want = { cpuHour: 0.031, gibHour: 0, currency: 'EUR' }
  expect(read({ C8S_PRICE_CPU_HOUR: '0.031', C8S_PRICE_CURRENCY: 'EUR' })).toEqual(want)
})

test.each(['much', '-1', 'Infinity'])('%s is no price', (text) => {
  expect(() => read({ C8S_PRICE_GIB_HOUR: text })).toThrow('C8S_PRICE_GIB_HOUR')
})

test('without an image nothing could be injected', () => {
  expect(() => readAdmissionSettings({})).toThrow('C8S_IMAGE')
})

test('certificates are our own, or said to be of somebody else', () => {
  expect(readCertificateMode({})).toBe('own')
  expect(readCertificateMode({ C8S_CERTIFICATES: 'external' })).toBe('external')
  expect(() => readCertificateMode({ C8S_CERTIFICATES: 'vault' })).toThrow('must be own or external')
})

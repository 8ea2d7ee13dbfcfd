import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  authorityPath,
  certificatePaths,
  certificateSpecs,
  issueCertificates,
  renderExtensions,
  renderSubject,
} from './certificates.ts'
import { runToEnd } from './run.ts'
import { settings } from './settings.ts'
import { planSite } from './site.ts'

const site = planSite(mkdtempSync(join(tmpdir(), 'c8s-pki-')))

beforeAll(() => issueCertificates(site))
afterAll(() => rmSync(site.folder, { recursive: true }))

test.each(certificateSpecs)('$name is signed by $signer and by no other authority', async ({ name, signer }) => {
  const { certificate } = certificatePaths(site, name)
  for (const authority of ['cluster-ca', 'etcd-ca', 'front-proxy-ca'] as const) {
    const result = await runToEnd('openssl', ['verify', '-CAfile', authorityPath(site, authority), certificate])
    expect(result.code === 0).toBe(authority === signer)
  }
})

test('the API server answers under the names and addresses that clients use', async () => {
  const { certificate } = certificatePaths(site, 'kube-apiserver')
  const { stdout } = await runToEnd('openssl', ['x509', '-in', certificate, '-noout', '-ext', 'subjectAltName'])
  for (const name of [settings.nodeAddress, settings.apiServiceAddress, 'kubernetes.default.svc.cluster.local']) {
    expect(stdout).toContain(name)
  }
})

test('serial numbers are distinct', async () => {
  const serials = await Promise.all(
    certificateSpecs.map(async ({ name }) => {
      const args = ['x509', '-in', certificatePaths(site, name).certificate, '-noout', '-serial']
      return (await runToEnd('openssl', args)).stdout
    }),
  )
  expect(new Set(serials).size).toBe(certificateSpecs.length)
})

test('a set that is complete is not made again, and a missing piece is', async () => {
  const read = (name: string): string => readFileSync(certificatePaths(site, name).certificate, 'utf8')
  const [admin, etcd] = [read('admin'), read('etcd')]
  rmSync(certificatePaths(site, 'etcd').certificate)
  await issueCertificates(site)
  expect(read('admin')).toBe(admin)
  expect(read('etcd')).not.toBe(etcd)
  expect(readdirSync(site.pki).filter((name) => name.endsWith('.unfinished'))).toEqual([])
})

test('a client gets no name and cannot serve', () => {
  const client = { name: 'x', signer: 'cluster-ca', commonName: 'who', names: [] } as const
  expect(renderExtensions(client)).toContain('extendedKeyUsage=clientAuth')
  expect(renderExtensions(client).join()).not.toContain('subjectAltName')
  expect(renderSubject(client)).toBe('/CN=who')
  expect(renderSubject({ ...client, organization: 'system:nodes' })).toBe('/O=system:nodes/CN=who')
})

test('an unknown name is refused', () => {
  expect(() => certificatePaths(site, 'nobody')).toThrow('no certificate called nobody')
})

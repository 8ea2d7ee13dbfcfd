import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runOrThrow } from './run.ts'
import { settings } from './settings.ts'
import type { Site } from './site.ts'

type AuthorityName = 'cluster-ca' | 'etcd-ca' | 'front-proxy-ca'

export interface CertificateSpec {
  name: string
  signer: AuthorityName
  /** Kubernetes reads the user's name from here … */
  commonName: string
  /** … and the group's from here. */
  organization?: string
  /** Subject alternative names in OpenSSL's form; empty for a client. */
  names: readonly string[]
}

export interface CertificatePaths {
  certificate: string
  key: string
  authority: string
}

const DAYS = '3650'
const CONFIG_NAME = 'openssl.cnf'
const node = `IP:${settings.nodeAddress}`

export const authorities: readonly AuthorityName[] = ['cluster-ca', 'etcd-ca', 'front-proxy-ca']

/** Who talks to whom in the cluster, and under which name. */
export const certificateSpecs: readonly CertificateSpec[] = [
  { name: 'etcd', signer: 'etcd-ca', commonName: 'etcd', names: [node] },
  { name: 'etcd-client', signer: 'etcd-ca', commonName: 'kube-apiserver', names: [] },
  {
    name: 'kube-apiserver',
    signer: 'cluster-ca',
    commonName: 'kube-apiserver',
    names: [
      node,
      `IP:${settings.apiServiceAddress}`,
      'IP:127.0.0.1',
      ...['', '.default', '.default.svc', `.default.svc.${settings.clusterDomain}`].map(
        (end) => `DNS:kubernetes${end}`,
      ),
    ],
  },
  {
    name: 'kubelet-client',
    signer: 'cluster-ca',
    commonName: 'kube-apiserver-kubelet-client',
    organization: 'system:masters',
    names: [],
  },
  { name: 'front-proxy-client', signer: 'front-proxy-ca', commonName: 'front-proxy-client', names: [] },
  {
    name: 'kubelet',
    signer: 'cluster-ca',
    commonName: `system:node:${settings.nodeName}`,
    organization: 'system:nodes',
    names: [node, `DNS:${settings.nodeName}`],
  },
  { name: 'admin', signer: 'cluster-ca', commonName: 'kubernetes-admin', organization: 'system:masters', names: [] },
  {
    name: 'kube-controller-manager',
    signer: 'cluster-ca',
    commonName: 'system:kube-controller-manager',
    names: [node],
  },
  { name: 'kube-scheduler', signer: 'cluster-ca', commonName: 'system:kube-scheduler', names: [node] },
  { name: 'kube-proxy', signer: 'cluster-ca', commonName: 'system:kube-proxy', names: [] },
  { name: 'coredns', signer: 'cluster-ca', commonName: 'system:coredns', names: [] },
]

export function authorityPath(site: Site, name: AuthorityName): string {
  return join(site.pki, `${name}.crt`)
}

export function certificatePaths(site: Site, name: string): CertificatePaths {
  const spec = certificateSpecs.find((one) => one.name === name)
  if (spec === undefined) throw new Error(`the local cluster has no certificate called ${name}`)
  return {
    certificate: join(site.pki, `${name}.crt`),
    key: join(site.pki, `${name}.key`),
    authority: authorityPath(site, spec.signer),
  }
}

/** The key pair that signs service-account tokens; no certificate belongs to it. */
export function serviceAccountKeys(site: Site): { privateKey: string; publicKey: string } {
  return { privateKey: join(site.pki, 'service-account.key'), publicKey: join(site.pki, 'service-account.pub') }
}

/** Makes what is missing, so a half-made set from a killed session is completed. */
export async function issueCertificates(site: Site): Promise<void> {
  mkdirSync(site.pki, { recursive: true, mode: 0o700 })
  // Of its own, so that the machine's openssl.cnf adds nothing.
  writeFileSync(join(site.pki, CONFIG_NAME), '[req]\ndistinguished_name=name\n[name]\n')
  await Promise.all(authorities.map((name) => issueAuthority(site, name)))
  await Promise.all([issueServiceAccountKeys(site), ...certificateSpecs.map((spec) => issueCertificate(site, spec))])
}

async function issueAuthority(site: Site, name: AuthorityName): Promise<void> {
  const certificate = authorityPath(site, name)
  if (existsSync(certificate)) return
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature']
  await request({ subject: `/CN=c8s-local ${name}`, key: join(site.pki, `${name}.key`), certificate, extensions })
}

async function issueCertificate(site: Site, spec: CertificateSpec): Promise<void> {
  const { certificate, key, authority } = certificatePaths(site, spec.name)
  if (existsSync(certificate)) return
  const signer = ['-CA', authority, '-CAkey', join(site.pki, `${spec.signer}.key`)]
  await request({ subject: renderSubject(spec), key, certificate, extensions: renderExtensions(spec), signer })
}

export function renderSubject(spec: CertificateSpec): string {
  return spec.organization === undefined ? `/CN=${spec.commonName}` : `/O=${spec.organization}/CN=${spec.commonName}`
}

export function renderExtensions(spec: CertificateSpec): string[] {
  const usages = spec.names.length > 0 ? 'serverAuth,clientAuth' : 'clientAuth'
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    `extendedKeyUsage=${usages}`,
  ]
  return spec.names.length > 0 ? [...extensions, `subjectAltName=${spec.names.join(',')}`] : extensions
}

interface CertificateRequest {
  subject: string
  key: string
  certificate: string
  extensions: readonly string[]
  signer?: readonly string[]
}

/** The certificate gets its name last, so its presence means that the key is there too. */
async function request({ subject, key, certificate, extensions, signer = [] }: CertificateRequest): Promise<void> {
  const unfinished = `${certificate}.unfinished`
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key]
  const added = extensions.flatMap((extension) => ['-addext', extension])
  const config = join(dirname(certificate), CONFIG_NAME)
  const base = ['req', '-x509', '-config', config, '-subj', subject, '-days', DAYS, '-sha256']
  await runOrThrow('openssl', [...base, ...newKey, ...added, ...signer, '-out', unfinished])
  renameSync(unfinished, certificate)
}

async function issueServiceAccountKeys(site: Site): Promise<void> {
  const { privateKey, publicKey } = serviceAccountKeys(site)
  if (existsSync(publicKey)) return
  await runOrThrow('openssl', ['genrsa', '-out', privateKey, '2048'])
  const text = await runOrThrow('openssl', ['rsa', '-in', privateKey, '-pubout'])
  writeFileSync(publicKey, text)
}

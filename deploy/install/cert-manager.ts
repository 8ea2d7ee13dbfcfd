import { certificateNames } from '../../certs/names.ts'
import { systemNamespace } from '../../crds/labels.ts'
import { type Condition, optional } from './slots.ts'
import type { ObjectTemplate } from './workloads.ts'

const certificate = 'c8s-admission'
const authority = 'c8s-admission-authority'
const apiVersion = 'cert-manager.io/v1'
const here = (name: string) => ({ name, namespace: systemNamespace })

/** By it cert-manager writes the CA of the Certificate into caBundle. */
export const injectAuthority = { 'cert-manager.io/inject-ca-from': `${systemNamespace}/${certificate}` }

const enabled = 'certManager.enabled'
const issuer = 'certManager.issuerRef'
export const byCertManager: Condition = { all: [enabled] }
const byOwnAuthority: Condition = { all: [enabled], none: [issuer] }
const byGivenIssuer: Condition = { all: [enabled, issuer] }

function renderCertificate(issuerRef: unknown): ObjectTemplate {
  const spec = {
    secretName: certificateNames.external.name,
    dnsNames: certificateNames.dnsNames,
    usages: ['digital signature', 'key encipherment', 'server auth'],
    privateKey: { rotationPolicy: 'Always' },
    issuerRef,
  }
  return { apiVersion, kind: 'Certificate', metadata: here(certificate), spec }
}

/**
 * Signed by a CA that outlives many of its certificates: were it self-signed itself, the bundle would have to change at the
 * very moment of each renewal.
 */
function renderOwnAuthority(): readonly ObjectTemplate[] {
  const selfSigned = 'c8s-admission-self-signed'
  const spec = {
    isCA: true,
    commonName: 'c8s admission CA',
    secretName: authority,
    duration: '87600h',
    privateKey: { rotationPolicy: 'Never' },
    issuerRef: { kind: 'Issuer', name: selfSigned },
  }
  return [
    { apiVersion, kind: 'Issuer', metadata: here(selfSigned), spec: { selfSigned: {} } },
    { apiVersion, kind: 'Certificate', metadata: here(authority), spec },
    { apiVersion, kind: 'Issuer', metadata: here(authority), spec: { ca: { secretName: authority } } },
  ]
}

/** Objects for cert-manager, each with the condition under which it is there. */
export const certManagerObjects: readonly (readonly [Condition, ObjectTemplate])[] = [
  ...renderOwnAuthority().map((object) => [byOwnAuthority, object] as const),
  [byOwnAuthority, renderCertificate({ kind: 'Issuer', name: authority })],
  [byGivenIssuer, renderCertificate(optional(issuer))],
]

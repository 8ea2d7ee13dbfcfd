import { X509Certificate } from 'node:crypto'
import type { Instant } from '../src/lib/clock.ts'
import { type CertificateView, type Credential, type ParsedCertificate, parseBundle, parseCredential } from './pki.ts'

/** A certificate that somebody else made, or why it cannot be served. */
export type ExternalLeaf =
  | { readonly credential: Credential; readonly view: CertificateView; readonly fault?: undefined }
  | { readonly fault: string }

/** Reads the data of a Secret of type kubernetes.io/tls: base64, tls.crt with the chain behind the leaf. */
export function readExternalLeaf(
  data: Readonly<Record<string, string>> | undefined,
  { host, now }: { readonly host: string; readonly now: Instant },
): ExternalLeaf {
  if (data === undefined) return { fault: 'it does not exist yet' }
  const decode = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString('utf8')
  const credential = { cert: decode('tls.crt'), key: decode('tls.key') }
  const view = parseCredential(credential)
  if (view === undefined) return { fault: 'its tls.crt and tls.key are no certificate with its key' }
  if (new X509Certificate(credential.cert).checkHost(host) === undefined) return { fault: `it is not for ${host}` }
  if (view.notAfter <= now) return { fault: `it ended at ${new Date(view.notAfter).toISOString()}` }
  if (view.notBefore > now) return { fault: `it begins at ${new Date(view.notBefore).toISOString()}` }
  return { credential, view }
}

/** Whether who trusts the bundle's certificates trusts this one, over those that are sent behind it. PEM. */
export function isVouchedFor(chain: string, bundle: readonly ParsedCertificate[], now: Instant): boolean {
  const [leaf, ...between] = (parseBundle(chain) ?? []).map(({ pem }) => new X509Certificate(pem))
  if (leaf === undefined) return false
  const valid = bundle.filter(({ view }) => view.notBefore <= now && now < view.notAfter)
  return leadsTo(
    leaf,
    valid.map(({ pem }) => new X509Certificate(pem)),
    between,
  )
}

function leadsTo(
  from: X509Certificate,
  authorities: readonly X509Certificate[],
  between: readonly X509Certificate[],
): boolean {
  if (authorities.some((authority) => authority.raw.equals(from.raw) || isSignedBy(from, authority))) return true
  const issuer = between.find((one) => isSignedBy(from, one))
  // Each is used once, so a circle ends.
  return (
    issuer !== undefined &&
    leadsTo(
      issuer,
      authorities,
      between.filter((one) => one !== issuer),
    )
  )
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

import { createHash, createPrivateKey, generateKeyPair, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import type { Instant } from '../src/lib/clock.ts'

/** PEM, as TLS servers and Secrets hold it. */
export interface Credential {
  readonly cert: string
  readonly key: string
}

export interface KeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

interface Validity {
  readonly notBefore: Instant
  readonly notAfter: Instant
}

export interface CertificateRequest extends Validity {
  readonly keys: KeyPair
  /** 16 bytes: RFC 5280 wants serials of one issuer distinct and positive. */
  readonly serial: Uint8Array
}

/** What the policy needs to know of a certificate. */
export interface CertificateView extends Validity {
  /** SHA-256 over the DER form: the identity of a certificate here. */
  readonly fingerprint: string
  readonly serial: string
  readonly isAuthority: boolean
}

const modulusLength = 2048

/** Made by OpenSSL in a thread, so the event loop goes on; RSA because node-forge signs nothing else. */
export function generateKeys(): Promise<KeyPair> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

/** A self-signed CA that may sign leaves only. Its subject holds the serial, so that two CAs are never taken for one. */
export function createAuthority(request: CertificateRequest): Credential {
  const certificate = prepare(request)
  const subject = [{ name: 'commonName', value: `c8s admission CA ${certificate.serialNumber.slice(0, 12)}` }]
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  return sign(certificate, request.keys, request.keys.privateKey)
}

/** A server certificate for the names, signed by the authority. */
export function createLeaf(
  authority: Credential,
  request: CertificateRequest & { readonly dnsNames: readonly string[] },
) {
  const issuer = forge.pki.certificateFromPem(authority.cert)
  const certificate = prepare(request)
  certificate.setSubject([{ name: 'commonName', value: request.dnsNames[0] ?? '' }])
  certificate.setIssuer(issuer.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: request.dnsNames.map((value) => ({ type: dnsNameType, value })) },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ])
  return sign(certificate, request.keys, authority.key)
}

/** GeneralName dNSName, RFC 5280 section 4.2.1.6. */
const dnsNameType = 2

function prepare({ keys, serial, notBefore, notAfter }: CertificateRequest): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey)
  certificate.serialNumber = toSerial(serial)
  certificate.validity.notBefore = new Date(notBefore)
  certificate.validity.notAfter = new Date(notAfter)
  return certificate
}

/** Hex of a positive integer that needs no leading zero byte. */
function toSerial(serial: Uint8Array): string {
  const [first = 0, ...rest] = serial
  return Buffer.from([(first & 0x3f) | 0x40, ...rest]).toString('hex')
}

function sign(certificate: forge.pki.Certificate, keys: KeyPair, issuerKey: string): Credential {
  certificate.sign(forge.pki.privateKeyFromPem(issuerKey), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), key: keys.privateKey }
}

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

export interface ParsedCertificate {
  readonly pem: string
  readonly view: CertificateView
}

/** Every certificate of a bundle; undefined where anything in it is not a certificate. */
export function parseBundle(text: string): ParsedCertificate[] | undefined {
  if (text.replaceAll(block, '').trim() !== '') {
    return undefined
  }
  try {
    return (text.match(block) ?? []).map((pem) => ({ pem: `${pem}\n`, view: toView(new X509Certificate(pem)) }))
  } catch {
    return undefined
  }
}

/** The view of a certificate whose private key belongs to it; undefined otherwise. */
export function parseCredential({ cert, key }: Credential): CertificateView | undefined {
  try {
    const certificate = new X509Certificate(cert)
    return certificate.checkPrivateKey(createPrivateKey(key)) ? toView(certificate) : undefined
  } catch {
    return undefined
  }
}

function toView(certificate: X509Certificate): CertificateView {
  return {
    fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
    serial: certificate.serialNumber.toLowerCase(),
    isAuthority: certificate.ca,
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }
}

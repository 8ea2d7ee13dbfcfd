/**
 * Where the certificates live. The names of the Service and the configurations are webhooks/configuration.ts's; this folder may
 * not import it, and test/contract/certificate-names.test.ts holds the two together.
 */
export const certificateNames = {
  secret: { namespace: 'c8s-system', name: 'c8s-admission-ca' },
  /** Of type kubernetes.io/tls, where somebody else makes the certificate: cert-manager, for one. */
  external: { namespace: 'c8s-system', name: 'c8s-admission-tls' },
  configurations: { mutating: ['c8s'], validating: ['c8s'] },
  dnsNames: ['c8s-admission.c8s-system.svc', 'c8s-admission.c8s-system.svc.cluster.local'],
} as const

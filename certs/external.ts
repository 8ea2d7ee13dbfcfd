import type { KubeReader, ObjectKey } from '../src/kube/ports.ts'
import { type Timers, waitFor } from '../src/kube/timers.ts'
import type { Clock, Instant } from '../src/lib/clock.ts'
import type { Secret } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { type ConfigurationNames, readBundles } from './ca-bundle.ts'
import { isVouchedFor, readExternalLeaf } from './external-policy.ts'
import type { CertificateKeeper } from './keeper.ts'
import { type Credential, type ParsedCertificate, parseBundle } from './pki.ts'

export interface ExternalCertificateOptions {
  readonly client: KubeReader
  readonly clock: Clock
  readonly timers: Timers
  /** Of type kubernetes.io/tls. */
  readonly secret: ObjectKey & { readonly namespace: string }
  readonly configurations: ConfigurationNames
  readonly dnsNames: readonly string[]
  /** How often to look, in milliseconds. */
  readonly checkMs?: number
  /** For the log: what is wrong, once for as long as it stays the same. */
  readonly onFault?: (error: unknown) => void
}

/** Serves the certificate that somebody else keeps in a Secret, and writes nothing: neither it nor the bundles. */
export type ExternalCertificates = Pick<CertificateKeeper, 'start' | 'stop' | 'onLeaf' | 'isTrusted'>

interface Served {
  readonly credential: Credential
  readonly notAfter: Instant
}

export function createExternalCertificates(options: ExternalCertificateOptions): ExternalCertificates {
  const { clock, timers, checkMs = 5000 } = options
  const stop = new AbortController()
  const listeners: ((leaf: Credential) => void)[] = []
  let running: Promise<void> | undefined
  let served: Served | undefined
  let isKnown = false
  let lastFault = ''

  const serve = (next: Served) => {
    if (served?.credential.cert === next.credential.cert) return
    served = next
    for (const listener of listeners) listener(next.credential)
  }
  const tell = (fault: string) => {
    if (fault !== '' && fault !== lastFault) options.onFault?.(new Error(fault))
    lastFault = fault
  }

  const look = async () => {
    const { leaf, bundles } = await observe(options)
    const now = clock.now()
    const isTrusted = (cert: string) => bundles.every((bundle) => isVouchedFor(cert, bundle, now))
    const isServedGood = served !== undefined && served.notAfter > now && isTrusted(served.credential.cert)
    // Whoever injects the CA may come later than the certificate: what is trusted is served until then.
    if (leaf.fault === undefined && (!isServedGood || isTrusted(leaf.credential.cert))) {
      serve({ credential: leaf.credential, notAfter: leaf.view.notAfter })
    }
    isKnown = served !== undefined && isTrusted(served.credential.cert)
    tell(leaf.fault === undefined ? '' : toSentence(options.secret, leaf.fault))
  }

  const run = async () => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => tell(error instanceof Error ? error.message : String(error)))
      await waitFor(timers, isKnown ? checkMs : checkMs / 10, stop.signal)
    }
  }

  return {
    start: () => {
      running ??= run()
    },
    stop: async () => {
      stop.abort()
      await running
    },
    onLeaf: (listener) => {
      listeners.push(listener)
      if (served !== undefined) listener(served.credential)
    },
    isTrusted: () => isKnown && served !== undefined && served.notAfter > clock.now(),
  }
}

async function observe({ client, clock, secret, configurations, dnsNames }: ExternalCertificateOptions) {
  const found = await client.get<Secret>(resourceTypes.secret, secret)
  const { texts } = await readBundles(client, configurations)
  const leaf = readExternalLeaf(found && (found.data ?? {}), { host: dnsNames[0] ?? '', now: clock.now() })
  return { leaf, bundles: texts.map((text): readonly ParsedCertificate[] => parseBundle(text) ?? []) }
}

function toSentence({ namespace, name }: ExternalCertificateOptions['secret'], fault: string): string {
  return `Secret ${namespace}/${name} gives no certificate for the webhooks: ${fault}; whoever makes it (cert-manager) must put one there`
}

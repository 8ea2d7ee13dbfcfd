import { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createValidators } from '../crds/validate.ts'
import type { Clock } from '../src/lib/clock.ts'
import { createAdmissions } from './admit.ts'
import { createApp } from './app.ts'
import type { AdmissionSettings } from './facts.ts'
import type { FactSource } from './gather.ts'
import { createMetrics } from './metrics.ts'
import type { NearObjects } from './near.ts'
import { listenForHealth, listenWithTls, type ServingCertificate, type TlsServer } from './server.ts'
import { type AdmissionService, createAdmissionService, type Fault } from './service.ts'

/** Where the serving certificate comes from; certs/ has one. */
interface CertificateSource {
  /** Calls back with the first certificate and with each that replaces it. */
  onLeaf(listener: (leaf: ServingCertificate) => void): void
  /** Whether the API server has been told to trust who signed it. */
  isTrusted(): boolean
}

interface AdmissionLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface AdmissionRoleDeps {
  readonly source: FactSource
  /** What watches know: spares a read before the first answer to most creates. */
  readonly near?: NearObjects
  readonly certificates: CertificateSource
  readonly clock: Clock
  readonly log: AdmissionLog
  readonly settings: AdmissionSettings
  /** 0 takes any free port. */
  readonly webhookPort: number
  readonly healthPort: number
  /** How long to go on answering after being told to stop, until no Service leads here any more. */
  readonly drainMs: number
  /** As in PairDeps. */
  readonly readBudgetMs?: number
}

export interface RunningAdmission {
  /** Known once the first certificate is there. */
  readonly webhookPort: Promise<number>
  readonly healthPort: number
  /** Answers until nobody asks any more; then resolves. */
  stop(): Promise<void>
}

/** Starts the admission role: ready once it has a certificate that the API server trusts. */
export async function runAdmission(deps: AdmissionRoleDeps): Promise<RunningAdmission> {
  const { certificates, log } = deps
  const metrics = createMetrics()
  let isDraining = false
  const app = createApp({ service: createTimedService(deps, metrics), isDraining: () => isDraining })
  let opening: Promise<TlsServer> | undefined
  let server: TlsServer | undefined
  const opened = Promise.withResolvers<number>()
  // Whoever asks for the port hears of a failure to listen; the log tells it in any case.
  opened.promise.catch(() => undefined)

  const open = async (leaf: ServingCertificate) => {
    server = await listenWithTls(app, leaf, deps.webhookPort)
    opened.resolve(server.port)
    log.info({ port: server.port }, 'webhooks are served')
    return server
  }
  certificates.onLeaf((leaf) => {
    metrics.setCertificateEnd(Date.parse(new X509Certificate(leaf.cert).validTo) / 1000)
    const isFirst = opening === undefined
    opening = isFirst ? open(leaf) : opening?.then((running) => (running.setCertificate(leaf), running))
    opening?.catch((error: unknown) => {
      opened.reject(error)
      log.error({ err: error }, 'webhooks cannot be served')
    })
    if (!isFirst) log.info({}, 'the serving certificate was replaced')
  })

  const findUnready = () => [
    ...(server === undefined ? ['no serving certificate yet'] : []),
    ...(certificates.isTrusted() ? [] : ['the API server does not trust the serving certificate yet']),
    ...(isDraining ? ['stopping'] : []),
  ]
  const health = await listenForHealth({ findUnready, renderMetrics: metrics.render }, deps.healthPort)
  return {
    webhookPort: opened.promise,
    healthPort: health.port,
    stop: async () => {
      isDraining = true
      await sleep(deps.drainMs)
      await server?.close()
      await health.close()
    },
  }
}

function createTimedService(deps: AdmissionRoleDeps, metrics: ReturnType<typeof createMetrics>): AdmissionService {
  const onFault = ({ error, ...fields }: Fault) => deps.log.error({ err: error, ...fields }, 'admission failed')
  const admissions = createAdmissions(createValidators())
  const service = createAdmissionService({ ...deps, ...admissions, onFault, onAnswer: metrics.count })
  const timed = (webhook: 'mutate' | 'validate') => async (bytes: Uint8Array) => {
    const begin = performance.now()
    const answer = await service[webhook](bytes)
    metrics.time(webhook, (performance.now() - begin) / 1000)
    return answer
  }
  return { mutate: timed('mutate'), validate: timed('validate') }
}

import type { AdmissionSettings } from '../../webhooks/facts.ts'
import type { Prices } from '../engine/preview/estimate.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Environment: C8S_IMAGE, C8S_STRICT_REFERENCES, C8S_PRICE_CPU_HOUR, C8S_PRICE_GIB_HOUR, C8S_PRICE_CURRENCY. */
export function readAdmissionSettings(environment: Environment): AdmissionSettings {
  const image = environment['C8S_IMAGE']
  if (image === undefined)
    throw new Error('C8S_IMAGE is not set: it names the image of the containers that c8s injects')
  return {
    image,
    strictReferences: environment['C8S_STRICT_REFERENCES'] === 'true',
    prices: readPrices(environment),
  }
}

/** C8S_CERTIFICATES: who makes the certificate of the webhooks, c8s (`own`, when left out) or somebody else (`external`). */
export function readCertificateMode(environment: Environment): 'own' | 'external' {
  const mode = environment['C8S_CERTIFICATES'] ?? 'own'
  if (mode === 'own' || mode === 'external') return mode
  throw new Error(`C8S_CERTIFICATES is "${mode}": it must be own or external`)
}

/** What an installation pays; of two prices, one that is not set is 0. Undefined where neither is. */
function readPrices(environment: Environment): Prices | undefined {
  const cpuHour = readPrice(environment, 'C8S_PRICE_CPU_HOUR')
  const gibHour = readPrice(environment, 'C8S_PRICE_GIB_HOUR')
  if (cpuHour === undefined && gibHour === undefined) return undefined
  const currency = (environment['C8S_PRICE_CURRENCY'] ?? '').slice(0, 16)
  return { cpuHour: cpuHour ?? 0, gibHour: gibHour ?? 0, currency }
}

function readPrice(environment: Environment, name: string): number | undefined {
  const text = environment[name] ?? ''
  if (text === '') return undefined
  const price = Number(text)
  if (Number.isFinite(price) && price >= 0) return price
  throw new Error(`${name} is "${text}": it must be a number from 0, such as 0.031`)
}

/**
 * Kubernetes quantities, exactly: a bigint in billionths, the finest step the API knows. Follows apimachinery's
 * resource.Quantity: finer values are rounded away from zero, larger ones than 2^63-1 are cut to it.
 */
export type Quantity = bigint

/** `decimal` prints 500m and 2k as for CPU and counts, `binary` prints 512Mi as for memory. */
export type QuantityStyle = 'decimal' | 'binary'

interface Unit {
  readonly suffix: string
  readonly nano: Quantity
}

const one = 1_000_000_000n
const most = (2n ** 63n - 1n) * one

/** Largest first: formatting takes the first that divides. */
const decimalUnits: readonly Unit[] = [
  ...['E', 'P', 'T', 'G', 'M', 'k', ''].map((suffix, index) => ({ suffix, nano: one * 10n ** BigInt(18 - 3 * index) })),
  { suffix: 'm', nano: 1_000_000n },
  { suffix: 'u', nano: 1_000n },
  { suffix: 'n', nano: 1n },
]
const binaryUnits: readonly Unit[] = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'].map((suffix, index) => ({
  suffix,
  nano: one * 1024n ** BigInt(6 - index),
}))
const unitsBySuffix = new Map([...decimalUnits, ...binaryUnits].map(({ suffix, nano }) => [suffix, nano]))

const form = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]+))?$/

/** Billionths of a quantity such as `500m`, `0.5`, `1e3` or `512Ki`; undefined where the text is none. */
export function parseQuantity(text: string): Quantity | undefined {
  const parts = form.exec(text)
  if (parts === null) return undefined
  const [, sign, whole = '', fraction = '', suffix = '', exponent = '0'] = parts
  if (whole === '' && fraction === '') return undefined
  const digits = BigInt(`${whole}${fraction}`)
  const unit = unitsBySuffix.get(suffix) ?? one
  const size = scaleByTen(digits * unit, Number(exponent) - fraction.length)
  return sign === '-' ? -size : size
}

/** The form Kubernetes prints: the largest unit that keeps the number whole. */
export function formatQuantity(quantity: Quantity, style: QuantityStyle = 'decimal'): string {
  const size = quantity < 0n ? -quantity : quantity
  const isBinary = style === 'binary' && size >= 1024n * one && size % one === 0n
  const units = isBinary ? [...binaryUnits, { suffix: '', nano: one }] : decimalUnits
  const unit = size === 0n ? undefined : units.find(({ nano }) => size % nano === 0n)
  return unit === undefined ? '0' : `${quantity / unit.nano}${unit.suffix}`
}

/** Negative, zero or positive, as sort functions want it; undefined where one of the texts is no quantity. */
export function compareQuantities(a: string, b: string): number | undefined {
  const left = parseQuantity(a)
  const right = parseQuantity(b)
  if (left === undefined || right === undefined) return undefined
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** The sum of quantities; undefined where one of the texts is none. */
export function addQuantities(texts: Iterable<string>): Quantity | undefined {
  let sum = 0n
  for (const text of texts) {
    const quantity = parseQuantity(text)
    if (quantity === undefined) return undefined
    sum += quantity
  }
  return sum
}

/** Exponents are bounded first, so that `1e999999999` costs nothing. */
function scaleByTen(size: bigint, exponent: number): Quantity {
  if (size === 0n) return 0n
  if (exponent >= 0) {
    const scaled = exponent > 40 ? most : size * 10n ** BigInt(exponent)
    return scaled > most ? most : scaled
  }
  const digits = size.toString().length
  if (-exponent > digits + 1) return 1n
  const divisor = 10n ** BigInt(-exponent)
  const scaled = (size + divisor - 1n) / divisor
  return scaled > most ? most : scaled
}

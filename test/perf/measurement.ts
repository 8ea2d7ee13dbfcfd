/** One row of the bench: a ratio to a floor measured in the same run, or a size with no floor but zero. */
export interface Measurement {
  readonly id: string
  readonly value: number
  readonly target: number
  /** What the ratio divides by, in `unit`; 0 where the value is a plain figure. */
  readonly floor: number
  readonly ok: boolean
}

export interface Row extends Measurement {
  readonly what: string
  /** Unit of value and target, such as × or MB. */
  readonly unit: string
  /** Unit of the floor. */
  readonly floorUnit: string
  readonly bound: '≤' | '≥'
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Nearest-rank percentile, p in 0..1. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? Number.NaN
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

interface RatioInput {
  readonly id: string
  readonly what: string
  /** In seconds. */
  readonly measured: number
  readonly floor: number
  readonly target: number
}

/** A time as a ratio to the floor's; smaller is better. */
export function toRatio({ id, what, measured, floor, target }: RatioInput): Row {
  const value = measured / floor
  return { id, what, value, target, floor, ok: value <= target, unit: '×', floorUnit: 's', bound: '≤' }
}

interface FigureInput {
  readonly id: string
  readonly what: string
  readonly value: number
  readonly target: number
  readonly unit: string
}

/** A figure with an upper bound and no floor. */
export function toFigure(input: FigureInput): Row {
  return { ...input, floor: 0, ok: input.value <= input.target, floorUnit: '', bound: '≤' }
}

interface ShareInput {
  readonly id: string
  readonly what: string
  /** 0 to 1; larger is better. */
  readonly value: number
  /** What it is a share of, in seconds. */
  readonly floor: number
  readonly target: number
}

export function toShare(input: ShareInput): Row {
  return { ...input, ok: input.value >= input.target, unit: '', floorUnit: 's', bound: '≥' }
}

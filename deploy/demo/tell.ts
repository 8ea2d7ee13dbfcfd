import type { SampleObject } from '../sample/render.ts'

/** Something the demo shows, and whether it came out so. */
export interface Verdict {
  readonly what: string
  readonly holds: boolean
}

/** Prints a heading, or an empty line. */
export function tell(text: string): void {
  console.log(text === '' ? '' : `\n\x1b[1m${text}\x1b[0m`)
}

export function renderVerdict({ what, holds }: Verdict): string {
  return `  ${holds ? '✓' : '✗'} ${what}`
}

/** Input of kubectl apply. */
export const toList = (items: readonly SampleObject[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items })

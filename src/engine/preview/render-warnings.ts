import { formatDuration } from '../../lib/duration.ts'
import { formatQuantity } from '../../lib/quantity.ts'
import type { Usage } from './estimate.ts'
import type { QuotaOutlook } from './outlook.ts'
import type { Preview } from './preview.ts'
import type { StepPreview } from './step-preview.ts'

/** The API server cuts longer warnings, and drops what is over 4096 bytes in all. */
const longestLine = 250
/** Lines of one sort; a namespace may have many quotas. */
const mostLines = 6

/** The plan in a few lines, as kubectl prints them. Each fits a warning. */
export function renderWarnings(preview: Preview): readonly string[] {
  const { approval } = preview
  return [
    renderSteps(preview),
    ...renderSkipped(preview),
    ...renderOpen(preview),
    // What can be done about it is in the annotation.
    ...(approval === undefined ? [] : approval.split('; ').slice(0, 1)),
    ...renderGates(preview),
    ...renderSecrets(preview),
    renderWidest(preview),
    ...preview.quotas.slice(0, mostLines).map(renderQuota),
    renderDuration(preview),
    renderCost(preview),
  ].map(cut)
}

/** `plan: 6 steps (lint, test ×4, build), at the end sweep` */
function renderSteps({ steps }: Preview): string {
  const runs = steps.filter(({ skipped, reusedFrom }) => skipped === undefined && reusedFrom === undefined)
  const main = listNames(runs.filter(({ isFinal }) => !isFinal))
  const last = listNames(runs.filter(({ isFinal }) => isFinal))
  const names = [main, last === '' ? '' : `at the end ${last}`].filter((part) => part !== '').join(', ')
  const reused = steps.filter(({ reusedFrom }) => reusedFrom !== undefined)
  const taken = reused.length === 0 ? '' : `; ${reused.length} taken over from ${reused[0]?.reusedFrom ?? ''}`
  return `plan: ${count(runs.length, 'step')}${names === '' ? '' : ` (${names})`}${taken}`
}

/** Legs of one matrix are told once: `test ×4`. */
function listNames(steps: readonly StepPreview[]): string {
  const legs = Map.groupBy(steps, ({ name, of }) => of ?? name)
  const names = [...legs].map(([name, each]) => (each.length === 1 ? name : `${name} ×${each.length}`))
  return shorten(names, 12)
}

function renderSkipped({ steps }: Preview): readonly string[] {
  const skipped = steps.filter((step) => step.skipped !== undefined)
  if (skipped.length === 0) return []
  const why = Map.groupBy(skipped, (step) => step.skipped ?? '')
  const told = [...why].map(([reason, each]) => `${listNames(each)}: ${reason}`)
  return [`skips ${count(skipped.length, 'step')} (${shorten(told, 3, '; ')})`]
}

function renderOpen({ steps }: Preview): readonly string[] {
  const open = steps.filter(({ isOpen }) => isOpen)
  return open.length === 0 ? [] : [`how others end decides whether ${listNames(open)} will run`]
}

function renderGates({ steps }: Preview): readonly string[] {
  const gates = steps.filter(({ approval, skipped }) => approval !== undefined && skipped === undefined)
  return gates.slice(0, mostLines).map(({ name, approval }) => {
    const who = approval?.approvers === undefined ? 'anybody with the verb approve' : shorten(approval.approvers, 5)
    return `step ${name} waits for approval by ${who}${approval?.fourEyes === true ? ', but not by who asks for the run' : ''}`
  })
}

function renderSecrets({ steps }: Preview): readonly string[] {
  const used = steps.filter(({ skipped }) => skipped === undefined).flatMap(({ secrets }) => secrets)
  const names = [...new Set(used)].sort()
  return names.length === 0 ? [] : [`uses ${names.length === 1 ? 'Secret' : 'Secrets'} ${shorten(names, 8)}`]
}

function renderWidest({ widest: { cpu, memory, pods } }: Preview): string {
  const gib = Math.ceil((Number(memory) / 1e9 / 1024 ** 3) * 100) / 100
  const amounts = `${Number(cpu) / 1e9} CPU and ${gib}Gi of memory`
  return `asks for ${amounts} in ${count(Number(pods / 1_000_000_000n), 'pod')} at its widest, with what c8s adds`
}

function renderQuota({ quota, verdict, short, waiting }: QuotaOutlook): string {
  const start = `quota ${quota}: `
  if (short === undefined) return `${start}has room, the run would start now`
  const { name, used, hard, asked, step } = short
  const what = formatQuantity(asked, name.endsWith('memory') ? 'binary' : 'decimal')
  const usage = `${name} ${used} of ${hard} used`
  if (verdict === 'never')
    return `${start}step ${step ?? ''} can never start: it asks for ${what} of ${name}, there are ${hard}`
  if (verdict === 'partly') return `${start}would start now, but not all side by side: ${usage}, ${what} at the widest`
  const place = waiting === undefined ? '' : ` at position ${waiting + 1} or so`
  return `${start}would wait${place}: ${usage}, step ${step ?? ''} asks for ${what}`
}

function renderDuration({ estimate: { mostSeconds, usual } }: Preview): string {
  const most = `takes at most ${formatDuration(mostSeconds)}`
  if (usual === undefined) return most
  return `${most}, usually ${formatDuration(usual.p50)} (nine of ten within ${formatDuration(usual.p90)})`
}

function renderCost({ estimate: { most, usually, currency } }: Preview): string {
  const start = most.cost === undefined ? 'uses' : 'costs'
  const typical = usually === undefined ? '' : `, usually ${renderUsage(usually, currency)}`
  return `${start} at most ${renderUsage(most, currency)}${typical}`
}

/** `0.42 EUR`, or `1.5 CPU-hours and 3 GiB-hours` where nobody has told prices. */
export function renderUsage({ cpuHours, gibHours, cost }: Usage, currency: string | undefined): string {
  if (cost !== undefined)
    return `${cost > 0 && cost < 0.01 ? 'less than 0.01' : cost.toFixed(2)} ${currency ?? ''}`.trimEnd()
  return `${toShort(cpuHours)} CPU-hours and ${toShort(gibHours)} GiB-hours`
}

/** Two digits that say something. */
function toShort(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(2)))
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function shorten(items: readonly string[], most: number, separator = ', '): string {
  const rest = items.length - most
  return [...items.slice(0, most), ...(rest > 0 ? [`and ${rest} more`] : [])].join(separator)
}

/** By bytes, as the API server counts. */
function cut(line: string): string {
  if (Buffer.byteLength(line) <= longestLine) return line
  const start = Buffer.from(line)
    .subarray(0, longestLine - 3)
    .toString('utf8')
  return `${start.replace(/\ufffd+$/, '')}…`
}

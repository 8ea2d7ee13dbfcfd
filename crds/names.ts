import { createHash } from 'node:crypto'
import type { EventType } from './parts/event.ts'

/** Limit of a DNS label and of a label value. */
const maxLabel = 63
const hashLength = 10
/** 32 letters and digits, without e, i, o and u so that no word comes out; 10 of them hold 50 bits. */
const alphabet = '0123456789abcdfghjklmnpqrstvwxyz'

export interface StepAttempt {
  readonly run: string
  readonly runUid: string
  readonly step: string
  /** From 1. */
  readonly attempt: number
}

/**
 * Name of the Job of one attempt of a step: `<run>-<step>-<hash>`, a DNS label. The same attempt always has the same
 * name, so creating it twice is AlreadyExists; the hash tells `r`+`a-b` from `r-a`+`b`, and a run from one that had its
 * name before.
 */
export function nameJob({ run, runUid, step, attempt }: StepAttempt): string {
  return nameAttempt({ run, step }, hashOf([run, runUid, step, attempt]))
}

/** Name of the run that one attempt of a step is: of the same form, and as certain. */
export function nameCall({ run, runUid, step, attempt }: StepAttempt): string {
  return nameAttempt({ run, step }, hashOf(['call', run, runUid, step, attempt]))
}

/** Name of the claim of the volume that all steps of a run share. */
export function nameWorkspace({ run, runUid }: Pick<StepAttempt, 'run' | 'runUid'>): string {
  return nameAttempt({ run, step: 'workspace' }, hashOf(['workspace', run, runUid]))
}

function nameAttempt({ run, step }: Pick<StepAttempt, 'run' | 'step'>, hash: string): string {
  const room = maxLabel - hashLength - 2
  const stepPart = cut(step, Math.max(24, room - run.length))
  const runPart = cut(run.replaceAll('.', '-'), room - stepPart.length)
  return `${runPart}-${stepPart}-${hash}`
}

/** What tells one run that an event asked for from all others; the same for ever, however often the event is told. */
export interface EventRunIdentity {
  /** RepositoryConnection that the event came in by; absent where a config alone asked. */
  readonly connection?: string
  readonly pipeline: string
  readonly type: EventType
  /** Short name of the branch or tag, or the number of the pull request. */
  readonly ref: string
  /** In full. */
  readonly commit: string
  /** Where one commit is run again on purpose: id of the comment, moment of the schedule, token of the request. */
  readonly occasion?: string
  /** A run that only tells why the pipeline cannot run: it must not stand in the way of one that can. */
  readonly isRejected?: boolean
}

/**
 * Name of the run that an event starts: `<pipeline>-<7 of commit>-<hash>`, a DNS label. The same event always has the same
 * name, so creating its run twice is AlreadyExists. Changing this makes second runs of all that was told before an upgrade.
 */
export function nameEventRun(identity: EventRunIdentity): string {
  const { connection = '', pipeline, type, ref, commit, occasion = '', isRejected = false } = identity
  const hash = hashOf([connection, pipeline, type, ref, commit, occasion, ...(isRejected ? ['rejected'] : [])])
  const commitPart = toDnsPart(commit.slice(0, 7), '0')
  const room = maxLabel - hashLength - commitPart.length - 2
  return `${cut(toDnsPart(pipeline, 'run'), room)}-${commitPart}-${hash}`
}

function toDnsPart(text: string, otherwise: string): string {
  const legal = text
    .slice(0, 253)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return legal.replace(/^-+|-+$/g, '') || otherwise
}

const legalLabelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/

/**
 * A legal label value for any text: the text itself where it is one, else its legal characters and a hash of the whole,
 * so that two texts never share a value by being cut. Labels are for finding things, never for deciding.
 */
export function toLabelValue(text: string): string {
  if (text.length <= maxLabel && legalLabelValue.test(text)) return text
  const readable = text.replace(/[^A-Za-z0-9_.]+/g, '-').replace(/^[-_.]+/, '')
  const start = readable.slice(0, maxLabel - hashLength - 1).replace(/[-_.]+$/, '')
  return start === '' ? hashOf([text]) : `${start}-${hashOf([text])}`
}

/**
 * The text, cut so that it is a DNS label with a hash of the identity at its end: the same identity always has the same
 * one, and two that look alike don't share theirs.
 */
export function nameByHash(text: string, identity: readonly string[]): string {
  return `${cut(text, maxLabel - hashLength - 1)}-${hashOf(identity)}`
}

function hashOf(parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return Array.from(digest.subarray(0, hashLength), (byte) => alphabet[byte % alphabet.length]).join('')
}

function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/-+$/, '')
}

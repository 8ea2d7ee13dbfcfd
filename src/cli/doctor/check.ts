import type { DoctorFacts, Reading } from './facts.ts'

/** One thing that a check has to say. What is in order is said too, so that nothing looks forgotten. */
export interface DoctorFinding {
  readonly check: string
  readonly level: 'ok' | 'warning' | 'error'
  readonly message: string
  /** What to do, in a sentence or as a command. */
  readonly remedy?: string
}

export type Said = Omit<DoctorFinding, 'check'>

/** One question about an installation, answered from what was read; it reads nothing itself. */
export interface DoctorCheck {
  /** The name of its file. */
  readonly id: string
  judge(facts: DoctorFacts): readonly Said[]
}

export const ok = (message: string): Said => ({ level: 'ok', message })
export const warning = (message: string, remedy: string): Said => ({ level: 'warning', message, remedy })
export const error = (message: string, remedy: string): Said => ({ level: 'error', message, remedy })

/** What was found, or the one sentence where nothing was wrong. */
export function orOk(found: readonly Said[], message: string): readonly Said[] {
  return found.length > 0 ? found : [ok(message)]
}

/** Judges what could be read; what could not is a warning, not a fault of the installation. */
export function whenRead<T>(reading: Reading<T>, judge: (value: T) => readonly Said[]): readonly Said[] {
  if ('value' in reading) return judge(reading.value)
  return [
    warning(`could not be looked at: ${reading.unreadable}`, 'ask as somebody who may read it, such as cluster-admin'),
  ]
}

/** `a, b, c and 4 more` */
export function listSome(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

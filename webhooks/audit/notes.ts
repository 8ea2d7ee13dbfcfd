import type { FieldError } from '../../src/lib/field-error.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import type { Facts } from '../facts.ts'
import { type AdmissionRequest, toResourceName } from '../request.ts'
import type { AuditNotes, Decision } from '../response.ts'
import { describeJob } from './job-notes.ts'
import { describeRun } from './run-notes.ts'

/** What one kind tells; what is undefined or empty is left out. */
export type Notes = Readonly<Record<string, string | undefined>>

type Describe = (request: AdmissionRequest, facts: Facts) => Notes

const kinds: ReadonlyMap<string, Describe> = new Map([
  [toResourceName(resourceTypes.pipelineRun), describeRun],
  [toResourceName(resourceTypes.job), describeJob],
])

/** Characters of one value: the log is for finding, the object for reading. */
const longestValue = 512

/** What the audit log is told of a decision, whatever it was. */
export function describeDecision(request: AdmissionRequest, facts: Facts, decision: Decision<KubeObject>): AuditNotes {
  const notes: Notes = {
    decision: decision.allowed ? 'allowed' : nameFirst(decision.errors),
    ...kinds.get(request.resource)?.(request, facts),
  }
  const told = Object.entries(notes).flatMap(([key, value]) => {
    const text = (value ?? '').slice(0, longestValue)
    return text === '' ? [] : [[key, text] as const]
  })
  return Object.fromEntries(told)
}

function nameFirst(errors: readonly FieldError[]): string {
  return errors[0]?.code ?? 'Internal'
}

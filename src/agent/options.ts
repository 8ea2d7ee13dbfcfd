import type { CloneOptions, ShipOptions } from '../lib/agent-options.ts'
import { cloneOptionsVariable, shipOptionsVariable } from '../lib/agent-options.ts'

/** The options as admission wrote them; what is missing or of the wrong type is named. */
export function parseShipOptions(text: string | undefined): ShipOptions {
  const { requireString, record } = parseRecord(shipOptionsVariable, text)
  requireString('logPath')
  return record as unknown as ShipOptions
}

export function parseCloneOptions(text: string | undefined): CloneOptions {
  const { requireString, record } = parseRecord(cloneOptionsVariable, text)
  for (const name of ['repository', 'commit', 'workspace', 'commitFile']) requireString(name)
  return { depth: 1, submodules: false, ...record } as unknown as CloneOptions
}

interface OptionsRecord {
  readonly record: Readonly<Record<string, unknown>>
  requireString(name: string): void
}

function parseRecord(variable: string, text: string | undefined): OptionsRecord {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    throw new Error(`${variable} must hold a JSON object`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${variable} must hold a JSON object`)
  }
  const record = value as Record<string, unknown>
  return {
    record,
    requireString(name) {
      const found = record[name]
      if (typeof found !== 'string' || found === '') throw new Error(`${variable}: ${name} must be a text`)
    },
  }
}

import process from 'node:process'
import { pino } from 'pino'

/** JSON lines on stdout, as every log collector of a cluster reads them. */
export function createLog(role: string) {
  const level = process.env['C8S_LOG_LEVEL'] ?? 'info'
  return pino({ level, base: { role }, timestamp: pino.stdTimeFunctions.isoTime })
}

import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { AgentReport } from '../lib/agent-options.ts'

/** What kubelet keeps of a termination message. */
const mostBytes = 4096

/** The report as a termination message: names that do not fit are left out, a long message is cut. */
export function renderReport(report: AgentReport): string {
  const { unmasked = [], ...rest } = report
  for (let kept = unmasked.length; kept > 0; kept--) {
    const text = JSON.stringify({ ...rest, unmasked: unmasked.slice(0, kept) })
    if (Buffer.byteLength(text) <= mostBytes) return text
  }
  for (let length = rest.message.length; ; length = Math.floor(length * 0.9)) {
    const text = JSON.stringify({ ...rest, message: rest.message.slice(0, length) })
    if (Buffer.byteLength(text) <= mostBytes || length === 0) return text
  }
}

/** Kubelet makes the file before the container starts; where there is none, nobody reads it and none is made. */
export function writeReport(path: string, report: AgentReport): void {
  let file: number
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_TRUNC)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  writeSync(file, renderReport(report))
  closeSync(file)
}

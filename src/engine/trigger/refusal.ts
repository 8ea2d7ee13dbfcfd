import type { Rejection } from '../../../crds/parts/event.ts'
import { errorCodes } from '../../lib/error-codes.ts'
import { type Candidate, isBroken } from './candidate.ts'
import { toPlainText } from './plain-text.ts'

/** Enough for a person; the API server's own sentence may list every field. */
const maxMessage = 2000

/** The API server's no to a run, as the run that stands in for it tells it. */
export function toRejection(detail: string, candidate: Candidate): Rejection {
  const inFile = detail
    .replace(/^admission webhook "[^"]*" denied the request: /, '')
    // The pipeline of a file is in the file, wherever the run carries it.
    .replaceAll('spec.pipelineSpec.', candidate.file === undefined ? 'spec.pipelineSpec.' : '')
  const message = toPlainText(inFile, maxMessage) || 'the API server refuses the run'
  const words = message.match(/\b[A-Z][A-Za-z]+(?=: )/g) ?? []
  const reason = words.find((word) => Object.hasOwn(errorCodes, word)) ?? 'Refused'
  return { reason, message, ...locate(message, candidate) }
}

function locate(message: string, candidate: Candidate): Pick<Rejection, 'file' | 'line'> {
  const { file } = candidate
  if (file === undefined) return {}
  const path = /^(?<path>[a-z][\w.[\]]*): /.exec(message)?.groups?.['path']
  const line = path === undefined || isBroken(candidate) ? undefined : candidate.lineOf?.(path)
  return { file, ...(line === undefined ? {} : { line }) }
}

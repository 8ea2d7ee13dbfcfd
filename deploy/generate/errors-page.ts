import { errorCodes } from '../../src/lib/error-codes.ts'
import { notice, renderTable } from './markdown.ts'

/** docs/errors.md: every code that a user can meet. */
export function renderErrorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => [`\`${code}\``, meaning])
  return [
    notice,
    '# Errors',
    'Webhook, CLI and page say what is wrong in the same words: `path: Code: message (hint)`. The codes are public.',
    renderTable(['code', 'meaning'], rows),
  ]
    .join('\n\n')
    .concat('\n')
}

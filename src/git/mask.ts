import { createMasker, type Secret } from '../logs/masker.ts'
import type { Credential } from './settings.ts'

/** What of a credential must not be shown. */
export function toSecrets({ password, sshKey }: Credential): Secret[] {
  const values = { password, 'ssh-key': sshKey }
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: Buffer.from(value) }],
  )
}

/** The whole text with every secret replaced. */
export function maskText(secrets: readonly Secret[], text: string): string {
  const masker = createMasker(secrets)
  return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString()
}

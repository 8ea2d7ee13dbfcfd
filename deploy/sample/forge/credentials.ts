import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createSshKey, keepCredentials, type SshKey } from '../credentials.ts'

/** An account of the forge. */
export interface ForgeAccount {
  username: string
  password: string
}

/** What the forge starts with. Made on the machine, never part of the checkout. */
export interface ForgeCredentials {
  admin: ForgeAccount
  hostKey: SshKey
  /** Gitea's own: what it encrypts with, and what its Git hooks prove themselves by. */
  secretKey: string
  internalToken: string
  /** 32 bytes in base64url, which Gitea would else write into its settings by itself. */
  signingKey: string
}

/** The credentials of this machine's forges: the same each time, so that a running forge keeps knowing them. */
export function ensureForgeCredentials(cache: string): ForgeCredentials {
  return keepCredentials(join(cache, 'forge-credentials.json'), createForgeCredentials)
}

export function createForgeCredentials(): ForgeCredentials {
  return {
    admin: { username: 'operator', password: createPassword() },
    hostKey: createSshKey(),
    secretKey: createPassword(),
    internalToken: createPassword(),
    signingKey: randomBytes(32).toString('base64url'),
  }
}

export function createPassword(): string {
  return randomBytes(24).toString('base64url')
}

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'

/** A key pair in the forms that ssh reads. */
export interface SshKey {
  privateKey: string
  /** Type and key, as in authorized_keys and known_hosts. */
  publicKey: string
}

/** What the git server and those who clone from it share. Made on the machine, never part of the checkout. */
export interface GitCredentials {
  username: string
  password: string
  hostKey: SshKey
  clientKey: SshKey
}

/** The credentials of this machine's git server: the same each time, so that a running server keeps knowing them. */
export function ensureCredentials(cache: string): GitCredentials {
  return keepCredentials(join(cache, 'git-credentials.json'), createCredentials)
}

/** What the file at the path holds, made first where there is none. Only its owner may read it. */
export function keepCredentials<T>(path: string, create: () => T): T {
  if (!existsSync(path)) writeOnce(path, JSON.stringify(create()))
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

/** Of several that write at once the first one wins, and nobody ever reads half a file. */
function writeOnce(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600 })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  } finally {
    rmSync(draft)
  }
}

export function createCredentials(): GitCredentials {
  return {
    username: 'ada',
    password: randomBytes(18).toString('base64url'),
    hostKey: createSshKey(),
    clientKey: createSshKey(),
  }
}

/** ECDSA, because OpenSSH reads the private keys that Node writes for it, and not those for Ed25519. */
export function createSshKey(): SshKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return {
    privateKey: privateKey.export({ type: 'sec1', format: 'pem' }) as string,
    publicKey: toSshPublicKey('nistp256', point),
  }
}

/** The public key's wire form (RFC 5656, section 3.1): three strings, each after its length. */
export function toSshPublicKey(curve: string, point: Buffer): string {
  const type = `ecdsa-sha2-${curve}`
  const fields = [Buffer.from(type), Buffer.from(curve), point].flatMap((field) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(field.length)
    return [length, field]
  })
  return `${type} ${Buffer.concat(fields).toString('base64')}`
}

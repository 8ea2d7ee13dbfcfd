import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { ChosenCluster } from '../../deploy/local/choose.ts'

const root = join(import.meta.dirname, '../..')
/** What makes another program of it. */
const programFolders = ['src', 'webhooks', 'crds', 'certs']

/** The release before this one, in a folder of its own. */
export interface PreviousRelease {
  readonly commit: string
  readonly folder: string
  /** Deploys it with its own code, over whatever is there. */
  deploy(cluster: ChosenCluster): void
  remove(): void
}

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/**
 * The commit before the newest one that changed the program; C8S_UPGRADE_FROM names another. Undefined where the history does not
 * reach back so far, as in a shallow clone.
 */
export function findPreviousCommit(): string | undefined {
  const wanted = process.env['C8S_UPGRADE_FROM']
  try {
    const changed = wanted ?? `${git(root, 'log', '-1', '--format=%H', '--', ...programFolders)}^`
    return git(root, 'rev-parse', '--verify', '--quiet', `${changed}^{commit}`)
  } catch {
    return undefined
  }
}

/** Checks the commit out beside this one. */
export function checkOutRelease(commit: string): PreviousRelease {
  const folder = mkdtempSync(join(tmpdir(), 'c8s-previous-'))
  git(root, 'clone', '--quiet', '--shared', '--no-checkout', root, folder)
  git(folder, 'checkout', '--quiet', '--detach', commit)
  installPackages(folder)
  return {
    commit,
    folder,
    deploy: (cluster) => {
      const program = `const { deployC8s } = await import('./deploy/install/deploy.ts'); await deployC8s(${JSON.stringify(cluster)})`
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder, stdio: 'inherit' })
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Ours, where both want the same; else its own. */
function installPackages(folder: string): void {
  const [own, other] = [root, folder].map((each) => readFileSync(join(each, 'package-lock.json'), 'utf8'))
  if (own === other) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  else execFileSync('npm', ['ci', '--silent'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
}

import { dirname, join } from 'node:path'
import { planAccounts } from './accounts.ts'
import type { LayerRecipe } from './layer.ts'

/** Where the things that go into images lie on this machine. */
export interface ImageSources {
  /** The checkout. */
  root: string
  /** The bare repositories that the git server serves. */
  repositories: string
  /** Gitea's program, with its templates in the folder `files` beside it. */
  gitea: string
  /** As Node names it: x64 or arm64. */
  architecture: string
}

const runnable = 0o755

/** Node's binary, as the npm package carries it. */
export function planNode({ root, architecture }: ImageSources): LayerRecipe {
  const node = join(root, 'node_modules', `node-linux-${architecture}`)
  return {
    id: 'node',
    files: [
      { path: 'usr/local/bin/node', kind: 'copy', from: join(node, 'bin/node'), mode: runnable },
      { path: 'usr/local/share/doc/node/LICENSE', kind: 'copy', from: join(node, 'LICENSE') },
    ],
  }
}

/** The program itself, and the scripts of a step's pod: all that changes from one commit to the next. */
export function planBundle({ root }: ImageSources): LayerRecipe {
  const agent = join(root, 'src/agent')
  return {
    id: 'c8s-bundle',
    files: [
      { path: 'app', kind: 'tree', from: join(root, 'dist') },
      { path: 'app/step', kind: 'copy', from: join(agent, 'step-driver.sh'), mode: runnable },
      { path: 'app/prepare', kind: 'copy', from: join(agent, 'prepare.sh'), mode: runnable },
      { path: 'app/prepare', kind: 'copy', from: join(root, 'src/agent/prepare.sh'), mode: runnable },
    ],
  }
}

/** The linter and the bundler of the sample repository, in the versions that this checkout uses itself. */
export function planSampleTools({ root, architecture }: ImageSources): LayerRecipe {
  const modules = join(root, 'node_modules')
  const installed = 'usr/local/lib/node_modules'
  const binding = `@oxlint/binding-linux-${architecture}-gnu`
  const esbuild = join(modules, `@esbuild/linux-${architecture}/bin/esbuild`)
  return {
    id: 'sample-tools',
    files: [
      { path: 'usr/local/bin/esbuild', kind: 'copy', from: esbuild, mode: runnable },
      { path: `${installed}/oxlint`, kind: 'tree', from: join(modules, 'oxlint') },
      { path: `${installed}/${binding}`, kind: 'tree', from: join(modules, binding) },
      { path: 'usr/local/bin/oxlint', kind: 'link', target: '../lib/node_modules/oxlint/bin/oxlint' },
    ],
  }
}

/** Settings and start scripts of the git server. */
export function planGitServer(): LayerRecipe {
  const from = (name: string): string => join(import.meta.dirname, 'git-server', name)
  return {
    id: 'git-server',
    files: [
      ...planAccounts({ name: 'git', home: '/home/git', shell: '/usr/bin/git-shell' }),
      { path: 'etc/gitconfig', kind: 'copy', from: from('gitconfig') },
      { path: 'etc/git-server/lighttpd.conf', kind: 'copy', from: from('lighttpd.conf') },
      { path: 'etc/git-server/sshd_config', kind: 'copy', from: from('sshd_config') },
      { path: 'usr/local/bin/serve-http', kind: 'copy', from: from('serve-http.sh'), mode: runnable },
      { path: 'usr/local/bin/serve-ssh', kind: 'copy', from: from('serve-ssh.sh'), mode: runnable },
      // ssh names a repository by its path from the root, http by its path from the server's.
      { path: 'public', kind: 'link', target: 'srv/git/public' },
      { path: 'private', kind: 'link', target: 'srv/git/private' },
    ],
  }
}

export function planRepositories({ repositories }: ImageSources): LayerRecipe {
  return { id: 'sample-repositories', files: [{ path: 'srv/git', kind: 'tree', from: repositories }] }
}

/** Gitea, and the script that starts it. */
export function planGitea({ gitea }: ImageSources): LayerRecipe {
  const serve = join(import.meta.dirname, 'gitea', 'serve.sh')
  return {
    id: 'gitea',
    files: [
      ...planAccounts({ name: 'git', home: '/home/git', shell: '/bin/sh' }),
      { path: 'usr/local/share/gitea', kind: 'tree', from: join(dirname(gitea), 'files') },
      // Says that no front end was built, which else is an error in the log for each page.
      { path: 'usr/local/share/gitea/public/assets/.vite/manifest.json', kind: 'text', text: '{}' },
      { path: 'usr/local/bin/gitea', kind: 'copy', from: gitea, mode: runnable },
      { path: 'usr/local/bin/serve-gitea', kind: 'copy', from: serve, mode: runnable },
    ],
  }
}

/** The script that starts PostgreSQL, and psql under its own name, whatever the version is. */
export function planPostgres(): LayerRecipe {
  const from = (name: string): string => join(import.meta.dirname, 'postgres', name)
  return {
    id: 'postgres',
    files: [
      ...planAccounts({ name: 'postgres', home: '/var/lib/postgresql', shell: '/bin/sh' }),
      { path: 'usr/local/bin/serve-postgres', kind: 'copy', from: from('serve.sh'), mode: runnable },
      { path: 'usr/local/bin/psql', kind: 'copy', from: from('psql.sh'), mode: runnable },
    ],
  }
}

/** A single static program. */
export function planScratch(): LayerRecipe {
  const source = join(import.meta.dirname, 'scratch', 'say.go')
  return { id: 'scratch-static', files: [{ path: 'say', kind: 'program', source }] }
}

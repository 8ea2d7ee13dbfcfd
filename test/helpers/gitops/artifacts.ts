import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { startHostProcess } from './host-process.ts'

/** What Git holds: paths and texts, or a commit of a bare repository. */
export type SourceContent =
  | { readonly files: Readonly<Record<string, string>> }
  | { readonly repository: string; readonly commit: string }

/** As in `status.artifact` of Flux's sources. */
export interface Artifact {
  /** `<algorithm>:<hex>` of the archive. */
  readonly digest: string
  readonly path: string
  /** What Flux shows, `main@sha1:<commit>`; of mere files the digest stands for the commit. */
  readonly revision: string
  readonly url: string
  /** In bytes. */
  readonly size: number
  /** RFC 3339, in whole seconds. */
  readonly lastUpdateTime: string
}

export interface ArtifactServer {
  /** Packs the content and serves it from now on. */
  pack(content: SourceContent): Artifact
  stop(): Promise<void>
}

/** Serves archives on loopback, as source-controller does. */
export async function startArtifactServer(): Promise<ArtifactServer> {
  const folder = mkdtempSync(join(tmpdir(), 'c8s-artifacts-'))
  const log = join(folder, 'server.log')
  const findUrl = () => (existsSync(log) ? /serving (\S+)/.exec(readFileSync(log, 'utf8'))?.[1] : undefined)
  const host = await startHostProcess({
    name: 'the artifact server',
    program: process.execPath,
    args: [join(import.meta.dirname, 'serve-files.ts'), folder],
    log,
    isReady: async () => findUrl() !== undefined,
  })
  return {
    pack: (content) => {
      host.check()
      return packArtifact(content, folder, `${findUrl()}`)
    },
    stop: async () => {
      await host.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

function packArtifact(content: SourceContent, folder: string, url: string): Artifact {
  const { archive, revision } = packContent(content, folder)
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex')
  const path = `${digest}.tar.gz`
  renameSync(archive, join(folder, path))
  return {
    digest: `sha256:${digest}`,
    path,
    revision: revision ?? `main@sha256:${digest}`,
    url: `${url}/${path}`,
    size: statSync(join(folder, path)).size,
    lastUpdateTime: `${new Date().toISOString().slice(0, 19)}Z`,
  }
}

function packContent(content: SourceContent, folder: string): { archive: string; revision?: string } {
  const tree = mkdtempSync(join(folder, 'tree-'))
  const archive = `${tree}.tar.gz`
  if ('files' in content) writeFiles(tree, content.files)
  else extractCommit(tree, content)
  // The same content always is the same archive, so the same revision.
  const stable = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  execFileSync('tar', ['-C', tree, ...stable, '--use-compress-program=gzip -n', '-cf', archive, '.'])
  rmSync(tree, { recursive: true })
  return 'commit' in content ? { archive, revision: `main@sha1:${content.commit}` } : { archive }
}

function writeFiles(tree: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
}

function extractCommit(tree: string, { repository, commit }: { repository: string; commit: string }): void {
  const archive = execFileSync('git', ['--git-dir', repository, 'archive', commit], { maxBuffer: 1 << 28 })
  execFileSync('tar', ['-C', tree, '-x'], { input: archive })
}

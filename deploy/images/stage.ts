import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runOrThrow } from '../local/run.ts'
import { listFiles } from './files.ts'
import type { LayerFile } from './layer.ts'

/** What no image needs. */
const dropAlways = ['usr/share/{man,locale,info,lintian,bug,menu,bash-completion,zsh,gdb,apport,initramfs-tools}']

/**
 * Debian's own layout: /bin and its like are links into /usr. Each layer with packages has the links,
 * else its folders would hide those of the layer below.
 */
const mergedFolders = ['bin', 'sbin', 'lib', 'lib64']

/** Unpacks Debian packages into a folder, without running anything that is in them. */
export async function unpackPackages(archives: readonly string[], stage: string): Promise<void> {
  for (const name of mergedFolders) {
    mkdirSync(join(stage, 'usr', name), { recursive: true })
    symlinkSync(`usr/${name}`, join(stage, name))
  }
  const statusFolder = join(stage, 'var/lib/dpkg/status.d')
  mkdirSync(statusFolder, { recursive: true })
  for (const archive of archives) {
    const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --keep-directory-symlink --directory "$2"'
    await runOrThrow('bash', ['-o', 'pipefail', '-c', unpack, 'unpack', archive, stage])
    // One file a package, where scanners of images look for versions when there is no dpkg.
    writeFileSync(
      join(statusFolder, basename(archive).split('_')[0] ?? ''),
      await runOrThrow('dpkg-deb', ['-f', archive]),
    )
  }
}

/** Takes out what the globs name, manuals and translations; licences stay. */
export function dropFiles(stage: string, globs: readonly string[]): void {
  for (const path of globSync([...dropAlways, ...globs], { cwd: stage })) {
    rmSync(join(stage, path), { recursive: true, force: true })
  }
  const docs = join(stage, 'usr/share/doc')
  if (!existsSync(docs)) return
  for (const path of listFiles(docs)) if (basename(path) !== 'copyright') rmSync(path)
}

type FileKind = LayerFile['kind']
type FileOf<K extends FileKind> = Extract<LayerFile, { kind: K }>
type Placer<K extends FileKind> = (file: FileOf<K>, at: string, stage: string) => Promise<void> | void

const placers: { readonly [K in FileKind]: Placer<K> } = {
  copy: (file, at) => {
    copyFileSync(file.from, at)
    chmodSync(at, file.mode ?? 0o644)
  },
  text: (file, at) => {
    writeFileSync(at, file.text)
    chmodSync(at, file.mode ?? 0o644)
  },
  link: (file, at) => {
    rmSync(at, { force: true })
    symlinkSync(file.target, at)
  },
  folder: (file, at) => {
    mkdirSync(at, { recursive: true })
    chmodSync(at, file.mode)
  },
  tree: (file, at) => {
    cpSync(file.from, at, { recursive: true, verbatimSymlinks: true })
    openToAll(at)
  },
  move: (file, at, stage) => renameSync(join(stage, file.from), at),
  joined: (file, at, stage) => {
    const names = readdirSync(join(stage, file.folder)).sort()
    writeFileSync(at, names.map((name) => readFileSync(join(stage, file.folder, name), 'utf8')).join(''))
  },
  applets: async (file, at, stage) => {
    mkdirSync(at, { recursive: true })
    const applets = (await runOrThrow(join(stage, file.busybox), ['--list'])).trim().split('\n')
    for (const name of applets) {
      if (!existsSync(join(at, name)) && name !== 'busybox') symlinkSync(`/${file.busybox}`, join(at, name))
    }
  },
  program: async (file, at) => {
    const flags = ['-trimpath', '-ldflags=-s -w -buildid=']
    const env = { CGO_ENABLED: '0', GO111MODULE: 'off', GOTOOLCHAIN: 'local' }
    await runOrThrow('go', ['build', ...flags, '-o', at, file.source], { env })
  },
}

/** A checkout that only its owner may read must not make an image that only root may read. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o111) === 0 ? 0o644 : 0o755)
  }
}

/** Puts one file of a recipe into its place. */
export async function placeFile(file: LayerFile, stage: string): Promise<void> {
  const at = join(stage, file.path)
  mkdirSync(dirname(at), { recursive: true })
  await (placers[file.kind] as Placer<FileKind>)(file, at, stage)
}

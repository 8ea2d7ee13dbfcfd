import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchText } from './health.ts'
import { runOrThrow } from './run.ts'
import { localRegistry, pauseImage } from './settings.ts'
import type { Site } from './site.ts'

/** Sleeps, reaps the orphans of a shared process namespace, and ends at once when it is told to. */
const COMMAND = ['/bin/busybox', 'sh', '-c', 'trap "exit 0" TERM INT; while :; do sleep 86400 & wait; done']

/** The image every pod's sandbox runs, made from Debian's static busybox. */
export async function ensurePauseImage(site: Site, crane: string): Promise<void> {
  const [name, tag] = pauseImage.slice(localRegistry.host.length + 1).split(':')
  const tags = await fetchText(site, `${localRegistry.url}/v2/${name}/tags/list`)
  if (tags !== undefined && (JSON.parse(tags) as { tags: string[] | null }).tags?.includes(tag as string)) return
  const folder = mkdtempSync(join(tmpdir(), 'c8s-pause-'))
  try {
    mkdirSync(join(folder, 'root', 'bin'), { recursive: true })
    copyFileSync('/bin/busybox', join(folder, 'root', 'bin', 'busybox'))
    const layer = join(folder, 'layer.tar')
    const fixed = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0']
    await runOrThrow('tar', [...fixed, '-C', join(folder, 'root'), '-cf', layer, '.'])
    // Under another tag first, so that the real one never names half an image.
    const unfinished = `${pauseImage}-unfinished`
    await runOrThrow(crane, ['append', '--new_layer', layer, '--new_tag', unfinished])
    const platform = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`
    const entrypoint = COMMAND.map((word) => `"${word.replaceAll('"', '""')}"`).join(',')
    await runOrThrow(crane, [
      'mutate',
      unfinished,
      '--set-platform',
      platform,
      '--entrypoint',
      entrypoint,
      '--tag',
      pauseImage,
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

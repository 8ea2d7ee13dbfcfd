import { c8sUser } from '../../crds/labels.ts'
import type { LayerFile } from './layer.ts'

/** The user database of an image, with name look-up that needs no other files. */
export function planAccounts(user: { name: string; home: string; shell: string }): LayerFile[] {
  const passwd = [
    'root:x:0:0:root:/root:/bin/sh',
    'nobody:*:65534:65534:nobody:/nonexistent:/bin/false',
    `${user.name}:*:${c8sUser}:${c8sUser}:${user.name}:${user.home}:${user.shell}`,
  ]
  const group = ['root:x:0:', 'nogroup:x:65534:', `${user.name}:x:${c8sUser}:`]
  const switches = ['passwd: files', 'group: files', 'hosts: files dns', 'services: files']
  return [
    { path: 'etc/passwd', kind: 'text', text: toLines(passwd) },
    { path: 'etc/group', kind: 'text', text: toLines(group) },
    { path: 'etc/nsswitch.conf', kind: 'text', text: toLines(switches) },
    { path: 'tmp', kind: 'folder', mode: 0o1777 },
    { path: 'root', kind: 'folder', mode: 0o700 },
    // Every file of a layer belongs to root, so the user's home is open to all, as /tmp is.
    { path: user.home.slice(1), kind: 'folder', mode: 0o1777 },
  ]
}

function toLines(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

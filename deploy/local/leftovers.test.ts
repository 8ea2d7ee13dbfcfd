import { expect, test } from 'vitest'
import { isShimOf, listMountsBelow } from './leftovers.ts'

const mountinfo = [
  '22 1 254:0 / / rw - ext4 /dev/vda rw',
  '30 22 0:30 / /state/run/containerd/rootfs rw - overlay overlay rw',
  '31 30 0:31 / /state/run/containerd/rootfs/proc rw - proc proc rw',
  '32 22 0:32 / /state/run/kubelet/with\\040space rw - tmpfs tmpfs rw',
  '33 22 0:33 / /stateful rw - tmpfs tmpfs rw',
].join('\n')

test('mounts of the cluster are listed from the innermost out, and nobody else’s', () => {
  expect(listMountsBelow(mountinfo, '/state')).toEqual([
    '/state/run/kubelet/with space',
    '/state/run/containerd/rootfs/proc',
    '/state/run/containerd/rootfs',
  ])
})

test.each([
  [['/usr/bin/containerd-shim-runc-v2', '-namespace', 'k8s.io', '-address', '/state/c.sock'], true],
  [['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-address', '/run/containerd/containerd.sock'], false],
  [['/usr/bin/vim', '-address', '/state/c.sock'], false],
  [['/usr/bin/containerd-shim-runc-v2'], false],
])('a shim is ours by the socket on its command line: %j', (args, expected) => {
  expect(isShimOf(args, '/state/c.sock')).toBe(expected)
})

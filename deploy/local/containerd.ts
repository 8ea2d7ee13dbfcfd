import { join } from 'node:path'
import type { ConfigFile, Part, PartContext } from './part.ts'
import { localRegistry, pauseImage, settings } from './settings.ts'
import type { Site } from './site.ts'

/** From Debian's containernetworking-plugins. */
export const networkPluginFolder = '/usr/lib/cni'

export function containerdSocket(site: Site): string {
  return join(site.run, 'containerd.sock')
}

export function describeContainerd({ site }: PartContext): Part {
  const path = join(site.config, 'containerd.toml')
  return {
    name: 'containerd',
    command: '/usr/bin/containerd',
    args: ['--config', path],
    files: [{ path, content: renderContainerdConfig(site) }, describeRegistryHost(site), describePodNetwork(site)],
    needs: ['registry'],
    health: { socket: containerdSocket(site) },
  }
}

export function renderContainerdConfig(site: Site): string {
  return `version = 2
root = "${join(site.data, 'containerd')}"
state = "${join(site.run, 'containerd')}"
oom_score = 0

[grpc]
  address = "${containerdSocket(site)}"

[ttrpc]
  address = "${containerdSocket(site)}.ttrpc"

[plugins."io.containerd.internal.v1.opt"]
  path = "${join(site.data, 'containerd-opt')}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE a score below our own is refused, and with it every sandbox.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "${join(site.run, 'runc')}"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${networkPluginFolder}"
    conf_dir = "${networkFolder(site)}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${registryFolder(site)}"
`
}

function registryFolder(site: Site): string {
  return join(site.config, 'registries')
}

function networkFolder(site: Site): string {
  return join(site.config, 'network')
}

/** Says that the registry speaks plain HTTP, and where it is, without asking the machine's resolver. */
function describeRegistryHost(site: Site): ConfigFile {
  const content = `server = "${localRegistry.url}"

[host."${localRegistry.url}"]
  capabilities = ["pull", "resolve"]
`
  return { path: join(registryFolder(site), localRegistry.host, 'hosts.toml'), content }
}

/**
 * Point to point rather than a bridge: all traffic between pods is routed through the machine, so
 * Service addresses work without the bridge netfilter module, and down has no bridge to remove.
 */
function describePodNetwork(site: Site): ConfigFile {
  const network = {
    cniVersion: '0.4.0',
    name: 'c8s-local',
    plugins: [
      {
        type: 'ptp',
        ipam: {
          type: 'host-local',
          dataDir: join(site.data, 'addresses'),
          ranges: [[{ subnet: settings.podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
  return { path: join(networkFolder(site), '10-c8s-local.conflist'), content: JSON.stringify(network, null, 2) }
}

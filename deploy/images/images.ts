import { c8sUser } from '../../crds/labels.ts'
import { busybox, c8sBase, debian, gitPackages, postgresPackages } from './debian-layers.ts'
import {
  type ImageSources,
  planBundle,
  planGitea,
  planGitServer,
  planNode,
  planPostgres,
  planRepositories,
  planSampleTools,
  planScratch,
} from './file-layers.ts'
import type { LayerRecipe } from './layer.ts'
import type { ImageConfig } from './oci.ts'

/** The names of all images, as the registry has them. */
export const imageNames = [
  'c8s',
  'sample-tools',
  'git-server',
  'gitea',
  'postgres',
  'debian',
  'busybox',
  'scratch-static',
] as const
/** Those that a build without names leaves out: Gitea takes minutes the first time, and PostgreSQL only one test needs. */
export const imagesOnDemand: readonly ImageName[] = ['gitea', 'postgres']
export type ImageName = (typeof imageNames)[number]

/** What an image is: how its containers start, and its layers, the lowest first. */
export interface ImagePlan {
  config: Omit<ImageConfig, 'title'>
  layers: readonly LayerRecipe[]
}

const path = '/usr/local/bin:/usr/bin:/bin'
const user = String(c8sUser)

/** The one table of images. Layers that change often come last. */
const images: { readonly [name in ImageName]: (sources: ImageSources) => ImagePlan } = {
  c8s: (sources) => ({
    config: {
      description: 'Admission webhooks, controller, and the agent in the pods of steps',
      user,
      env: { PATH: path, HOME: '/home/c8s', NODE_ENV: 'production' },
      entrypoint: ['/usr/local/bin/node', '/app/c8s.mjs'],
      workingDir: '/app',
    },
    layers: [c8sBase, planNode(sources), planBundle(sources)],
  }),
  'sample-tools': (sources) => ({
    config: {
      description: 'What the steps of the sample repository need: Node, oxlint, esbuild',
      env: { PATH: path },
      command: ['bash'],
    },
    layers: [debian, planNode(sources), planSampleTools(sources)],
  }),
  'git-server': (sources) => ({
    config: {
      description: 'Serves the sample repositories over HTTP and ssh, in throw-away clusters',
      user,
      env: { PATH: path, HOME: '/home/git' },
      entrypoint: ['/usr/local/bin/serve-http'],
    },
    layers: [debian, gitPackages, planGitServer(), planRepositories(sources)],
  }),
  gitea: (sources) => ({
    config: {
      description: 'Gitea without its front end, a forge for throw-away clusters',
      user,
      env: { PATH: path, HOME: '/data/home', GITEA_WORK_DIR: '/data' },
      entrypoint: ['/usr/local/bin/serve-gitea'],
    },
    // The programs of git-server's image, so that a node has most of it already.
    layers: [debian, gitPackages, planGitea(sources)],
  }),
  postgres: () => ({
    config: {
      description: 'PostgreSQL with settings as in the official image, for tests of services',
      user,
      env: { PATH: path, HOME: '/var/lib/postgresql' },
      entrypoint: ['/usr/local/bin/serve-postgres'],
    },
    layers: [debian, postgresPackages, planPostgres()],
  }),
  debian: () => ({
    config: { description: 'Debian with bash, dash and coreutils', env: { PATH: path }, command: ['bash'] },
    layers: [debian],
  }),
  busybox: () => ({
    config: { description: 'busybox and nothing else', env: { PATH: '/bin:/usr/bin' }, command: ['sh'] },
    layers: [busybox],
  }),
  'scratch-static': () => ({
    config: { description: 'One static program, /say, and no shell', entrypoint: ['/say'] },
    layers: [planScratch()],
  }),
}

/** How one image is made of what lies on this machine. */
export function planImage(name: ImageName, sources: ImageSources): ImagePlan {
  return images[name](sources)
}

import { type DoctorCheck, error, listSome, orOk, type Said, warning, whenRead } from '../check.ts'
import type { Deployment } from '../facts.ts'

const names = ['c8s-admission', 'c8s-controller', 'c8s-server']
const look = (name: string) => `kubectl -n c8s-system describe deployment ${name}; kubectl -n c8s-system get pods`

/** The three Deployments are available, all replicas of one image. */
export const workloads: DoctorCheck = {
  id: 'workloads',
  judge: ({ deployments }) =>
    whenRead(deployments, (found) => {
      const ours = names.map((name) => ({ name, deployment: found.find(({ metadata }) => metadata.name === name) }))
      const said = ours.flatMap(({ name, deployment }) => judgeDeployment(name, deployment))
      return orOk([...said, ...judgeImages(ours.flatMap(({ deployment }) => deployment ?? []))], describe(found))
    }),
}

function judgeDeployment(name: string, deployment: Deployment | undefined): readonly Said[] {
  if (deployment === undefined) return [error(`Deployment ${name} is missing`, 'apply deploy/install.yaml')]
  const { availableReplicas = 0, updatedReplicas = 0, replicas: running = 0 } = deployment.status ?? {}
  const wanted = deployment.spec?.replicas ?? 1
  if (wanted === 0) {
    return [error(`Deployment ${name} is scaled to 0`, `kubectl -n c8s-system scale deployment ${name} --replicas=2`)]
  }
  if (availableReplicas === 0) return [error(`no replica of ${name} is available`, look(name))]
  if (updatedReplicas < running) {
    return [warning(`${name} has replicas of two versions: a rollout goes on, or is stuck`, look(name))]
  }
  if (availableReplicas < wanted) {
    return [warning(`${availableReplicas} of ${wanted} replicas of ${name} are available`, look(name))]
  }
  return []
}

function judgeImages(deployments: readonly Deployment[]): readonly Said[] {
  const images = [...new Set(deployments.flatMap(listImages))]
  if (images.length < 2) return []
  return [
    warning(`the Deployments are of different images: ${listSome(images)}`, 'apply one install.yaml for all of them'),
  ]
}

function listImages({ spec }: Deployment): readonly string[] {
  return (spec?.template?.spec?.containers ?? []).flatMap(({ image }) => image ?? []).slice(0, 1)
}

function describe(deployments: readonly Deployment[]): string {
  return `admission, controller and server are available: ${listSome([...new Set(deployments.flatMap(listImages))])}`
}

import { type DoctorCheck, error, ok, warning, whenRead } from '../check.ts'

/** What every part needs, and what services need besides: native sidecars. */
const least = { all: 28, services: 29 } as const

export const kubernetesVersion: DoctorCheck = {
  id: 'kubernetes-version',
  judge: ({ server }) =>
    whenRead(server, ({ gitVersion }) => {
      const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? []
      const at = major === '1' ? Number(minor) : Number.NaN
      const what = `Kubernetes ${gitVersion}`
      if (Number.isNaN(at)) return [warning(`${what} is of no known version`, 'c8s is made for 1.28 and newer')]
      if (at < least.all) return [error(`${what} is too old`, `upgrade the cluster to 1.${least.all} or newer`)]
      if (at < least.services)
        return [warning(`${what} cannot run services of steps`, `upgrade the cluster to 1.${least.services} or newer`)]
      return [ok(what)]
    }),
}

import { type DoctorCheck, error, ok, warning, whenRead } from '../check.ts'

/** What c8s needs, and what `kubectl get --field-selector` by the fields of a run needs. */
const least = { all: 28, selectors: 31 } as const

export const kubernetesVersion: DoctorCheck = {
  id: 'kubernetes-version',
  judge: ({ server }) =>
    whenRead(server, ({ gitVersion }) => {
      const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? []
      const at = major === '1' ? Number(minor) : Number.NaN
      const what = `Kubernetes ${gitVersion}`
      const remedy = `upgrade the cluster to 1.${least.selectors} or newer`
      if (Number.isNaN(at))
        return [warning(`${what} is of no known version`, `c8s is made for 1.${least.all} and newer`)]
      if (at < least.all) return [error(`${what} is too old`, remedy)]
      if (at < least.selectors) return [warning(`${what} cannot select runs by their fields`, remedy)]
      return [ok(what)]
    }),
}

import { type DoctorCheck, ok, orOk, warning, whenRead } from '../check.ts'

/** RepositoryConnections that say themselves that they are not ready. */
export const connections: DoctorCheck = {
  id: 'connections',
  judge: ({ connections: reading }) =>
    whenRead(reading, (found) => {
      if (found.length === 0) return [ok('there is no RepositoryConnection yet')]
      const said = found.flatMap(({ metadata: { namespace = '', name = '' }, status }) => {
        const ready = status?.conditions?.find(({ type }) => type === 'Ready')
        if (ready?.status === 'True') return []
        const why = ready === undefined ? 'no controller has looked at it yet' : (ready.message ?? ready.reason ?? '')
        const remedy = `kubectl -n ${namespace} describe c8src ${name}`
        return [warning(`RepositoryConnection ${namespace}/${name} is not ready: ${why}`, remedy)]
      })
      return orOk(
        said,
        `${found.length === 1 ? 'the RepositoryConnection is' : `all ${found.length} RepositoryConnections are`} ready`,
      )
    }),
}

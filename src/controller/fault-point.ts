import type { KubeApi } from '../kube/ports.ts'

export interface FaultPoint {
  /** Which write of this process, from 1. */
  readonly write: number
  /** Before it is sent, or after it was answered and before anybody hears of it. */
  readonly when: 'before' | 'after'
}

/** `3:before`, `3:after`; undefined for anything else. */
export function parseFaultPoint(text: string | undefined): FaultPoint | undefined {
  const parts = /^([1-9][0-9]*):(before|after)$/.exec(text ?? '')
  return parts === null ? undefined : { write: Number(parts[1]), when: parts[2] === 'before' ? 'before' : 'after' }
}

/** For tests of restarts: the process dies at one of its writes. */
export function withFaultPoint(api: KubeApi, point: FaultPoint, die: () => void): KubeApi {
  let writes = 0
  const count = async <R>(write: () => Promise<R>): Promise<R> => {
    writes += 1
    const isIt = writes === point.write
    if (isIt && point.when === 'before') die()
    const answer = await write()
    if (isIt) die()
    return answer
  }
  return {
    get: (...given) => api.get(...given),
    getMetadata: (...given) => api.getMetadata(...given),
    list: (...given) => api.list(...given),
    listPages: (...given) => api.listPages(...given),
    watch: (...given) => api.watch(...given),
    create: (...given) => count(() => api.create(...given)),
    replace: (...given) => count(() => api.replace(...given)),
    patch: (...given) => count(() => api.patch(...given)),
    apply: (...given) => count(() => api.apply(...given)),
    remove: (...given) => count(() => api.remove(...given)),
  }
}

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
  const wrap =
    <A extends readonly unknown[], R>(write: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      writes += 1
      const isIt = writes === point.write
      if (isIt && point.when === 'before') die()
      const answer = await write(...given)
      if (isIt) die()
      return answer
    }
  return {
    get: (...given) => api.get(...given),
    getMetadata: (...given) => api.getMetadata(...given),
    list: (...given) => api.list(...given),
    listPages: (...given) => api.listPages(...given),
    watch: (...given) => api.watch(...given),
    create: wrap((...given: Parameters<KubeApi['create']>) => api.create(...given)) as KubeApi['create'],
    replace: wrap((...given: Parameters<KubeApi['replace']>) => api.replace(...given)) as KubeApi['replace'],
    patch: wrap((...given: Parameters<KubeApi['patch']>) => api.patch(...given)) as KubeApi['patch'],
    apply: wrap((...given: Parameters<KubeApi['apply']>) => api.apply(...given)) as KubeApi['apply'],
    remove: wrap((...given: Parameters<KubeApi['remove']>) => api.remove(...given)) as KubeApi['remove'],
  }
}

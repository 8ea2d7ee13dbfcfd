import { labels } from '../../../crds/labels.ts'
import type { Pod } from '../../lib/kubernetes.ts'
import type { Waiting } from './verdict.ts'

/** As the scheduler's plugins for volumes put it (pkg/scheduler/framework/plugins/volume*, nodevolumelimits). */
const volumeWords =
  /persistentvolumeclaim|persistent volumes?\b|persistentvolume|volume node affinity|volume count|volume zone/i

/** Why no node can take a pod: where it is for its volume, that is said, because more nodes would be no help. */
export function judgeUnschedulable(pod: Pod, message: string): Waiting {
  if (!volumeWords.test(message)) return { kind: 'waiting', reason: 'Unschedulable', message }
  const look = `kubectl describe pvc -l ${labels.runUid}=${pod.metadata.labels?.[labels.runUid] ?? ''} tells more`
  return { kind: 'waiting', reason: 'VolumePending', message: `${message}; ${look}` }
}

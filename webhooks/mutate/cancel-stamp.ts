import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { type JsonRecord, pickText, toText } from '../json.ts'
import { isOwnAccount } from './run-source.ts'

/** Who cancels is written with the cancel, and stays. c8s itself may name a person who did it at the forge. */
export function stampCancel(sent: JsonRecord, old: JsonRecord, user: UserInfo): { readonly cancelledBy?: string } {
  if (sent['cancel'] !== true) return {}
  if (old['cancel'] === true) return pickText('cancelledBy', old['cancelledBy'])
  const claimed = isOwnAccount(user) ? toText(sent['cancelledBy']) : undefined
  return { cancelledBy: claimed ?? user.username }
}

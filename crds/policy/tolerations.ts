import type { Toleration } from '../../src/lib/kubernetes.ts'
import type { AllowedToleration } from './document.ts'

/** Whether a toleration stands no taint that none of the allowed ones stands. */
export function isTolerationAllowed(wanted: Toleration, allowed: readonly AllowedToleration[]): boolean {
  return allowed.some((one) => covers(one, wanted))
}

function covers(allowed: AllowedToleration, wanted: Toleration): boolean {
  const isKey = allowed.key === undefined ? allowed.operator === 'Exists' : allowed.key === wanted.key
  const isEffect = (allowed.effect ?? '') === '' || allowed.effect === wanted.effect
  return isKey && isEffect && coversValue(allowed, wanted)
}

function coversValue(allowed: AllowedToleration, wanted: Toleration): boolean {
  if (allowed.operator === 'Exists') return true
  return wanted.operator !== 'Exists' && (wanted.value ?? '') === (allowed.value ?? '')
}

/** `ci=true:NoSchedule`, `ci:NoSchedule`, `ci`. */
export function renderToleration({ key, operator = 'Equal', value = '', effect }: Toleration): string {
  const name = key ?? '*'
  const what = operator === 'Exists' ? name : `${name}=${value}`
  return effect === undefined || effect === '' ? what : `${what}:${effect}`
}

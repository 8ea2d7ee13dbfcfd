const form = /^(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$/

/** Seconds of a duration such as `90s`, `30m` or `1h30m`; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  const parts = form.exec(text)
  if (text === '' || parts === null) return undefined
  const [, hours = '0', minutes = '0', seconds = '0'] = parts
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

/** The shortest spelling of whole seconds: `1h30m`, `45s`, `0s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [
    { count: Math.floor(whole / 3600), unit: 'h' },
    { count: Math.floor((whole % 3600) / 60), unit: 'm' },
    { count: whole % 60, unit: 's' },
  ]
  const text = parts
    .filter(({ count }) => count > 0)
    .map(({ count, unit }) => `${count}${unit}`)
    .join('')
  return text === '' ? '0s' : text
}

const accepted: readonly string[] = ['application/json', 'application/x-www-form-urlencoded']

/** Whether the body is of a kind that forges send. */
export function isAcceptedType(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').split(';')
  return accepted.includes(type.trim().toLowerCase())
}

export function isCompressed(contentEncoding: string | undefined): boolean {
  const encoding = (contentEncoding ?? '').trim().toLowerCase()
  return encoding !== '' && encoding !== 'identity'
}

/** Whether a text is a block of addresses such as 10.0.0.0/8 or fd00::/8, near enough for the API server to take it. */
export function isCidr(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]+)\/([0-9]{1,3})$/.exec(text) ?? []
  if (address === '') return false
  return address.includes(':')
    ? isVersion6(address) && Number(length) <= 128
    : isVersion4(address) && Number(length) <= 32
}

function isVersion4(address: string): boolean {
  const parts = address.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
}

function isVersion6(address: string): boolean {
  const halves = address.split('::')
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const isFull = halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8
  return isFull && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
}

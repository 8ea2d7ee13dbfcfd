import { BlockList, isIP } from 'node:net'

/**
 * Addresses that no forge has and that mean something else where c8s runs: its own pod, its node, the metadata service of a
 * cloud. Private ranges are not among them, because many forges are there.
 */
const refused = createBlockList([
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  // Metadata services outside the link-local range: Alibaba, Azure, Oracle.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  ['224.0.0.0', 3],
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  // Metadata services of AWS and Google.
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
])

const loopback = createBlockList([
  ['127.0.0.0', 8],
  ['::1', 128],
])

/** IPv6 forms that carry an IPv4 address, and where in the sixteen bytes it begins: mapped, compatible, NAT64, 6to4. */
const carriers = [
  { list: createBlockList([['::ffff:0:0', 96]]), at: 12 },
  { list: createBlockList([['::', 96]]), at: 12 },
  { list: createBlockList([['64:ff9b::', 96]]), at: 12 },
  { list: createBlockList([['64:ff9b:1::', 48]]), at: 12 },
  { list: createBlockList([['2002::', 16]]), at: 2 },
] as const

/** Whether c8s connects to an IP address, in whichever form it is written. */
export function isAllowedAddress(address: string, allowLoopback: boolean): boolean {
  const plain = address.replace(/%.*$/, '')
  const forms = [plain, ...findCarried(plain)]
  if (isIP(plain) === 0) return false
  if (allowLoopback && forms.some((form) => isIn(loopback, form))) return true
  return !forms.some((form) => isIn(refused, form))
}

function createBlockList(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4')
  return list
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function findCarried(address: string): readonly string[] {
  if (isIP(address) !== 6) return []
  const bytes = toBytes(address)
  return carriers.filter(({ list }) => isIn(list, address)).map(({ at }) => bytes.slice(at, at + 4).join('.'))
}

/** URL writes an IPv6 address in hexadecimal groups, with one `::` at most. */
function toBytes(address: string): readonly number[] {
  const host = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = host.split('::')
  const front = toGroups(head)
  const back = toGroups(tail ?? '')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => 0)
  return [...front, ...zeros, ...back].flatMap((group) => [group >> 8, group & 0xff])
}

function toGroups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

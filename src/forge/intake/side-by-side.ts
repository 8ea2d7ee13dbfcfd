/** The results in the order of the items, at most so many at work at once. The work must not throw. */
export async function mapSideBySide<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const open = items.entries()
  const serve = async (): Promise<void> => {
    for (const [index, item] of open) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, serve))
  return results
}

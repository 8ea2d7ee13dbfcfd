import { describe, expect, it } from 'vitest'
import { settle } from '../../test/helpers/fake-timers.ts'
import { createSlots } from './slots.ts'

const { signal } = new AbortController()

describe('createSlots', () => {
  it('lets so many in, the others in turn', async () => {
    const slots = createSlots(2)
    const order: number[] = []
    const taken = [0, 1, 2, 3].map(async (index) => {
      const giveBack = await slots.take(signal)
      order.push(index)
      return giveBack
    })
    await settle()
    expect(order).toEqual([0, 1])
    const giveBack = await taken[1]
    giveBack?.()
    giveBack?.()
    await settle()
    expect(order).toEqual([0, 1, 2])
    ;(await taken[0])?.()
    await settle()
    expect(order).toEqual([0, 1, 2, 3])
  })

  it('leaves room for others, whatever one party asks for', async () => {
    const slots = createSlots(3, 2)
    const order: string[] = []
    const taken = [...'aaaabc'].map(async (party, index) => {
      const giveBack = await slots.take(signal, party)
      order.push(`${party}${index}`)
      return giveBack
    })
    await settle()
    expect(order).toEqual(['a0', 'a1', 'b4'])
    ;(await taken[0])?.()
    await settle()
    expect(order.at(-1)).toBe('c5')
    ;(await taken[4])?.()
    await settle()
    expect(order.at(-1)).toBe('a2')
  })

  it('loses no slot to those who gave up', async () => {
    const slots = createSlots(1)
    const first = await slots.take(signal)
    const abort = new AbortController()
    const second = slots.take(abort.signal)
    abort.abort('too long')
    await expect(second).rejects.toThrow('too long')
    await expect(slots.take(abort.signal)).rejects.toThrow('too long')
    first()
    expect(await slots.take(signal)).toBeTypeOf('function')
  })
})

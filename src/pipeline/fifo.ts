// A first-in-first-out queue with constant cost at both ends: a ring that doubles when it is full. Admission keeps what
// waits in it, because an array's shift() costs more the longer the database stalls.

export interface Fifo<T> {
  readonly size: number
  push(item: T): void
  /** The oldest, or undefined when there is none. */
  peek(): T | undefined
  shift(): T | undefined
}

const FIRST_CAPACITY = 64

export function createFifo<T>(): Fifo<T> {
  let slots: (T | undefined)[] = new Array(FIRST_CAPACITY)
  let head = 0
  let size = 0

  function grow(): void {
    const larger: (T | undefined)[] = new Array(slots.length * 2)
    for (let index = 0; index < size; index++) larger[index] = slots[(head + index) & (slots.length - 1)]
    slots = larger
    head = 0
  }

  return {
    get size() {
      return size
    },
    push(item) {
      if (size === slots.length) grow()
      slots[(head + size) & (slots.length - 1)] = item
      size += 1
    },
    peek: () => (size === 0 ? undefined : slots[head]),
    shift() {
      if (size === 0) return undefined
      const item = slots[head]
      slots[head] = undefined
      head = (head + 1) & (slots.length - 1)
      size -= 1
      return item
    },
  }
}

// A first-in-first-out queue with constant cost at both ends: a ring that doubles when it is full. Admission keeps waiting
// events in it, because an array's shift() costs more the longer the database stalls.

const FIRST_CAPACITY = 64

export class Fifo<T> {
  #slots: (T | undefined)[] = new Array(FIRST_CAPACITY)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    if (this.#size === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = item
    this.#size += 1
  }

  /** The oldest item, or undefined when there is none. */
  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#slots[this.#head]
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#size -= 1
    return item
  }

  #grow(): void {
    const slots = this.#slots
    const larger: (T | undefined)[] = new Array(slots.length * 2)
    for (let index = 0; index < this.#size; index++) larger[index] = slots[(this.#head + index) & (slots.length - 1)]
    this.#slots = larger
    this.#head = 0
  }
}

// Values for `in (?, ?, …)`, in lists of a few fixed lengths, so that statements have few texts and the server knows them.

/** The last is also the most binds that one list takes. */
const LENGTHS = [1, 8, 64, 512] as const

/** Each value once. A list that is not full repeats its last value, which changes no answer. */
export function boundLists<Value>(values: readonly Value[]): readonly (readonly Value[])[] {
  const once = [...new Set(values)]
  const longest = Math.max(...LENGTHS)
  const lists: Value[][] = []
  for (let index = 0; index < once.length; index += longest) {
    const some = once.slice(index, index + longest)
    const length = LENGTHS.find((one) => one >= some.length) ?? longest
    const last = some.at(-1) as Value
    while (some.length < length) some.push(last)
    lists.push(some)
  }
  return lists
}

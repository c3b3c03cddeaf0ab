// Orders text as databases with a binary collation do: by its bytes in UTF-8. The reference log and the contract cases
// sort with it. JavaScript's own `<` compares UTF-16 units and puts U+1F600 before U+FF01, which no database does.

export type KeyValue = string | number

/** Negative, 0 or positive. Numbers by size, text by its UTF-8 bytes; a key column never mixes the two. */
export function compareValues(left: KeyValue, right: KeyValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return compareByBytes(String(left), String(right))
}

export function compareByBytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const difference = byteRank(left.charCodeAt(index)) - byteRank(right.charCodeAt(index))
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Moves surrogates above U+E000–U+FFFF, where the code points that they stand for belong. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

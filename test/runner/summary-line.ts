// The last line of every run, in one form for people and scripts.

export interface Sums {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export function summaryLine({ passed, failed, skipped }: Sums): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

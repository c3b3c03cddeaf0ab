// The signal that a question needs rows of a projection that is not folded up to the head (a program that does not know
// it wrote last). It never reaches a caller: the log engine catches it, rebuilds the projection and asks again.

export class ProjectionBehind extends Error {
  /** `name@version`. */
  readonly projection: string

  constructor(projection: string) {
    super(`${projection} is not folded up to the head`)
    this.name = 'ProjectionBehind'
    this.projection = projection
  }
}

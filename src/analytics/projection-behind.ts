// The signal that a query needs rows of a projection that is behind the head, because a program that does not know it wrote
// last. It never reaches a caller: the engine catches it, rebuilds the projection and queries again.

export class ProjectionBehind extends Error {
  /** `name@version`. */
  readonly projection: string

  constructor(projection: string) {
    super(`${projection} is not folded up to the head`)
    this.name = 'ProjectionBehind'
    this.projection = projection
  }
}

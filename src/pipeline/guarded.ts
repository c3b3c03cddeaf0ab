// Observables whose observers may throw. When an observer throws, rxjs rethrows the error from a timer, and the
// process ends. Here such an observer, or one without an error handler, is unsubscribed and reported instead, also at the
// end of any `pipe`.

import { Observable, type Observer, type Operator, Subscriber, Subscription } from 'rxjs'

/** The same values for observers that may throw; `onThrow` hears of each that did. */
export function guarded<T>(source: Observable<T>, onThrow: (error: unknown) => void): Observable<T> {
  return guard(new Observable<T>((subscriber) => source.subscribe(subscriber)), onThrow)
}

function guard<T>(observable: Observable<T>, onThrow: (error: unknown) => void): Observable<T> {
  const plainLift = observable.lift.bind(observable)
  const plainSubscribe: (observer: Partial<Observer<T>>) => Subscription = observable.subscribe.bind(observable)

  observable.lift = <R>(operator?: Operator<T, R>) => guard(plainLift(operator), onThrow)

  observable.subscribe = (
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription => {
    // An operator of a pipe: the observable at the pipe's end is guarded by `lift`.
    if (observerOrNext instanceof Subscriber) return plainSubscribe(observerOrNext)

    const observer: Partial<Observer<T>> =
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : {
            ...(observerOrNext && { next: observerOrNext }),
            ...(error && { error }),
            ...(complete && { complete }),
          }
    const subscription = new Subscription()
    const deliver = (call: () => void): void => {
      if (subscription.closed) return
      try {
        call()
      } catch (thrown) {
        subscription.unsubscribe()
        onThrow(thrown)
      }
    }
    subscription.add(
      plainSubscribe({
        next: (value) => deliver(() => observer.next?.(value)),
        error(failure: unknown) {
          deliver(() => (observer.error ? observer.error(failure) : onThrow(failure)))
          subscription.unsubscribe()
        },
        complete() {
          deliver(() => observer.complete?.())
          subscription.unsubscribe()
        },
      }),
    )
    return subscription
  }
  return observable
}

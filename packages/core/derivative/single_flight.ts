/** Options for {@linkcode SingleFlight}. */
export interface SingleFlightOptions<T> {
  /** Receives each result and its number of waiting callers, before they get it; 0 if the last one has just left. */
  readonly onResult?: (result: T, waiters: number) => void;
}

/**
 * Merges concurrent calls with the same key into one. A caller that leaves early does not affect the others. When the last one leaves, the
 * work's signal is aborted.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();
  readonly #onResult: SingleFlightOptions<T>["onResult"];

  constructor({ onResult }: SingleFlightOptions<T> = {}) {
    this.#onResult = onResult;
  }

  /** Returns the result of the running work for this key, or starts the work. */
  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiters++;
    if (!signal) return flight.result;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        if (flight.isDone) return;
        reject(signal.reason);
        flight.waiters--;
        if (flight.waiters > 0) return;
        // A later caller must not join work that is being aborted.
        this.#forget(key, flight);
        flight.controller.abort(signal.reason);
      };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
      flight.result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = work(controller.signal);
    const flight: Flight<T> = { controller, result, waiters: 0, isDone: false };
    this.#flights.set(key, flight);
    const land = () => {
      flight.isDone = true;
      this.#forget(key, flight);
    };
    result.then((value) => {
      land();
      this.#onResult?.(value, flight.waiters);
    }, land);
    return flight;
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

interface Flight<T> {
  readonly controller: AbortController;
  readonly result: Promise<T>;
  waiters: number;
  isDone: boolean;
}

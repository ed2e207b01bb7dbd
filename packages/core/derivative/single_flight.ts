/** Options for {@linkcode SingleFlight}. */
export interface SingleFlightOptions<T> {
  /** Hears of each result and of how many there are who get it, before they do. There are none where the last one has just left. */
  readonly onResult?: (result: T, waiters: number) => void;
}

/**
 * Lets equal work that is asked for at the same time be done once. Whoever leaves early does not disturb the others; when the
 * last one leaves, the work hears of it by its signal.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();
  readonly #onResult: SingleFlightOptions<T>["onResult"];

  constructor({ onResult }: SingleFlightOptions<T> = {}) {
    this.#onResult = onResult;
  }

  /** Gives the result of the work under way under this key, or starts it. */
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
        // Whoever comes now must not join work that is being given up.
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
